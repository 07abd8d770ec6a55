import { randomBytes } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import type { WireClient, WireRequest, WireResponse } from "../../harness/wire-client.ts";
import { type Answer, send } from "./answer.ts";
import { type Bindings, differences } from "./compare.ts";
import type { Recording } from "./recordings.ts";
import { parseXml } from "./xml.ts";

/** The requests of one recorded test; `parameter` is what stands in the brackets of its name. */
export type Replay = (t: Scenario, parameter: string) => Promise<void>;

/** Replays by the name of the recorded test, without the parameter. */
export type Scenarios = Readonly<Record<string, Replay>>;

/** Clients of one running server that all scenarios share. */
export interface Clients {
  readonly s3: S3Client;
  /** Another account. */
  readonly other: S3Client;
  readonly wire: WireClient;
  /** A client with settings of its own, for the few scenarios about a client's settings. */
  withSettings(more: ConstructorParameters<typeof S3Client>[0]): S3Client;
}

type Input = Readonly<Record<string, unknown>>;

const BUCKETLESS = new Set(["ListBuckets"]);
const URL_ENCODED: Readonly<Record<string, readonly string[]>> = {
  ListObjects: ["Delimiter", "Marker", "NextMarker"],
  ListObjectsV2: ["Delimiter", "Prefix", "StartAfter"],
  ListObjectVersions: ["KeyMarker", "NextKeyMarker", "Prefix", "Delimiter"],
};

/** One recorded test under replay: performs requests and compares the answers with what AWS said. */
export class Scenario {
  readonly clients: Clients;
  readonly problems: string[] = [];
  readonly #recording: Recording;
  readonly #bindings: Bindings = new Map();
  readonly #seen = new Set<string>();
  #bucket: string | null = null;

  constructor(recording: Recording, clients: Clients) {
    this.#recording = recording;
    this.clients = clients;
  }

  /** The bucket of this scenario: every request without a `Bucket` goes to it. Made by `start`. */
  get bucket(): string {
    if (this.#bucket === null) throw new Error("the scenario has no bucket yet");
    return this.#bucket;
  }

  async start(): Promise<void> {
    this.#bucket = await this.createBucket();
  }

  newBucketName(): string {
    return `test-bucket-${randomBytes(4).toString("hex")}`;
  }

  async createBucket(input: Input = {}): Promise<string> {
    const Bucket = this.newBucketName();
    await this.s3("CreateBucket", { Bucket, ...input });
    return Bucket;
  }

  async setVersioning(Status: "Enabled" | "Suspended", Bucket = this.bucket): Promise<void> {
    await this.s3("PutBucketVersioning", { Bucket, VersioningConfiguration: { Status } });
  }

  /** Performs a request that must succeed. */
  async s3(operation: string, input: Input = {}): Promise<Answer> {
    const answer = await this.attempt(operation, input);
    if ("Error" in answer) throw new Error(`${operation} was refused: ${JSON.stringify(answer["Error"])}`);
    return answer;
  }

  /** Performs a request, whatever comes of it. */
  async attempt(operation: string, input: Input = {}, client: S3Client = this.clients.s3): Promise<Answer> {
    const bucket = BUCKETLESS.has(operation) || "Bucket" in input ? {} : { Bucket: this.bucket };
    const encoded = "EncodingType" in input ? undefined : URL_ENCODED[operation];
    const encoding = encoded === undefined ? {} : { EncodingType: "url" };
    const body = operation === "PutObject" || operation === "UploadPart" ? { Body: Buffer.alloc(0) } : {};
    const answer = await send(client, operation, { ...bucket, ...encoding, ...body, ...input });
    return encoded === undefined ? answer : decodeListing(answer, encoded);
  }

  /** Performs a request and compares its answer with the one recorded under `label`. */
  async match(label: string, operation: string, input: Input = {}, client?: S3Client): Promise<Answer> {
    const answer = await this.attempt(operation, input, client);
    this.check(label, answer);
    return answer;
  }

  /** Compares a value with what was recorded under `label`, except for differences at the paths in `arbitrary`. */
  check(label: string, value: unknown, arbitrary: readonly string[] = []): void {
    this.#seen.add(label);
    const wanted = this.#recording.answers.get(label);
    if (wanted === undefined) throw new Error(`nothing was recorded under ${label}`);
    for (const found of differences(wanted, value, this.#bindings))
      if (!arbitrary.some((path) => found.startsWith(`${path}:`))) this.problems.push(`${label} ${found}`);
  }

  /** Something the recorded test asserts beside the answers. */
  expect(holds: boolean, what: string): void {
    if (!holds) this.problems.push(what);
  }

  /** A recorded answer that this replay leaves out, with the reason in the call's second argument. */
  leaveOut(label: string, _reason: string): void {
    this.#seen.add(label);
  }

  wire(request: WireRequest): Promise<WireResponse> {
    return this.clients.wire.request({ bucket: this.bucket, ...request });
  }

  /** Like `match` for a GET whose body the recorded test had read before: there it is empty. */
  async matchConsumed(label: string, input: Input): Promise<void> {
    const answer = await this.attempt("GetObject", input);
    this.check(label, "Body" in answer ? { ...answer, Body: "" } : answer);
  }

  /** Performs a signed GET without an SDK and compares the parsed document. */
  async matchXml(label: string, query: Readonly<Record<string, string>>): Promise<void> {
    const response = await this.wire({ method: "GET", query });
    this.check(label, parseXml(response.body.toString("utf8")));
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Every recorded answer must have been compared. */
  finish(): void {
    for (const label of this.#recording.answers.keys())
      if (!this.#seen.has(label)) this.problems.push(`${label} was not replayed`);
  }
}

/** A member of an answer that the scenario goes on with. */
export function text(answer: Readonly<Record<string, unknown>>, name: string): string {
  const value = answer[name];
  if (typeof value !== "string")
    throw new Error(`the answer has no ${name}: ${JSON.stringify(answer).slice(0, 300)}`);
  return value;
}

/** The entries of a list member; none when it is absent. */
export function entries(answer: Readonly<Record<string, unknown>>, name: string): Record<string, unknown>[] {
  const value = answer[name];
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown) =>
    Object.fromEntries(Object.entries(entry !== null && typeof entry === "object" ? entry : {})),
  );
}

export const header = (answer: Answer, name: string): string | undefined =>
  answer.ResponseMetadata.HTTPHeaders[name];

/** The same answer with a list member in another order. */
export function sorted(answer: Answer, name: string, by: string): Answer {
  const list = entries(answer, name).sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1));
  return { ...answer, [name]: list };
}

function decodeListing(answer: Answer, names: readonly string[]): Answer {
  const decode = (value: unknown): unknown =>
    typeof value === "string" ? decodeURIComponent(value.replaceAll("+", " ")) : value;
  const copy: Record<string, unknown> = { ...answer };
  for (const name of names) if (name in copy) copy[name] = decode(copy[name]);
  const nested = { Contents: "Key", Versions: "Key", DeleteMarkers: "Key", CommonPrefixes: "Prefix" };
  for (const [list, member] of Object.entries(nested))
    if (list in copy)
      copy[list] = entries(copy, list).map((entry) => ({ ...entry, [member]: decode(entry[member]) }));
  return { ...copy, ResponseMetadata: answer.ResponseMetadata };
}

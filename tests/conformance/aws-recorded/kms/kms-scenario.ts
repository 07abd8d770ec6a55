import { callKms, type KmsCallOptions, kmsFields } from "../../../harness/kms-client.ts";
import type { WireClient } from "../../../harness/wire-client.ts";
import { type Bindings, differences } from "../compare.ts";
import type { Recording } from "../recordings.ts";

export type KmsReplay = (t: KmsScenario, parameter: string) => Promise<void>;
export type KmsScenarios = Readonly<Record<string, KmsReplay>>;
export type Fields = Readonly<Record<string, unknown>>;

const RECORDED_ACCOUNT = "111111111111";
/** Members AWS added to its answers after some of the recordings were made. */
const ADDED_SINCE = ["KeyMaterialId", "SourceKeyMaterialId", "DestinationKeyMaterialId"];
/** `message` repeats what `Error.Message` says. */
const REPEATED = ["message"];

/** The second region of the recordings, which this server answers for as well. */
export const SECOND_REGION = "ap-southeast-1";

/** One recorded test of the key service under replay. */
export class KmsScenario {
  readonly problems: string[] = [];
  readonly #recording: Recording;
  readonly #client: WireClient;
  readonly #bindings: Bindings = new Map();
  readonly #seen = new Set<string>();

  constructor(recording: Recording, client: WireClient) {
    this.#recording = recording;
    this.#client = client;
  }

  get region(): string {
    return this.#client.target.region;
  }

  /** Performs a request, whatever comes of it, and gives the answer in the shape of the recordings. */
  async attempt(operation: string, input: object = {}, options: KmsCallOptions = {}): Promise<Fields> {
    const response = await callKms(this.#client, operation, input, options);
    const fields = kmsFields(response);
    const ResponseMetadata = { HTTPStatusCode: response.status, HTTPHeaders: {} };
    if (response.status < 300) return { ...fields, ResponseMetadata };
    const { __type: Code, message: Message = "" } = fields;
    return { Error: { Code, Message }, ResponseMetadata };
  }

  /** Performs a request that must succeed. */
  async run(operation: string, input: object = {}, options: KmsCallOptions = {}): Promise<Fields> {
    const answer = await this.attempt(operation, input, options);
    if ("Error" in answer) throw new Error(`${operation} was refused: ${JSON.stringify(answer["Error"])}`);
    return answer;
  }

  /** Performs a request and compares its answer with the one recorded under `label`. */
  async match(
    label: string,
    operation: string,
    input: object = {},
    options: KmsCallOptions = {},
  ): Promise<Fields> {
    const answer = await this.attempt(operation, input, options);
    this.check(label, answer);
    return answer;
  }

  /** KeyMetadata of a new key. */
  async createKey(input: object = {}, options: KmsCallOptions = {}): Promise<Fields> {
    return fieldsOf((await this.run("CreateKey", input, options))["KeyMetadata"]);
  }

  async createKeyId(input: object = {}): Promise<string> {
    return text(await this.createKey(input), "KeyId");
  }

  check(label: string, value: unknown): void {
    this.#seen.add(label);
    const wanted = this.#recording.answers.get(label);
    if (wanted === undefined) throw new Error(`nothing was recorded under ${label}`);
    const [expected, got] = alike(anyAccount(wanted), value);
    for (const found of differences(expected, got, this.#bindings)) this.problems.push(`${label} ${found}`);
  }

  expect(holds: boolean, what: string): void {
    if (!holds) this.problems.push(what);
  }

  async refused(operation: string, input: object, code: string): Promise<void> {
    const { Error: error } = await this.attempt(operation, input);
    this.expect(
      fieldsOf(error)["Code"] === code,
      `${operation}: wanted ${code}, got ${JSON.stringify(error)}`,
    );
  }

  /** Every recorded answer must have been compared. */
  finish(): void {
    for (const label of this.#recording.answers.keys())
      if (!this.#seen.has(label)) this.problems.push(`${label} was not replayed`);
  }
}

export function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === "object" ? { ...value } : {};
}

export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string")
    throw new Error(`there is no ${name} in ${JSON.stringify(fields).slice(0, 300)}`);
  return value;
}

export const bytes = (fields: Fields, name: string): Buffer => Buffer.from(text(fields, name), "base64");

function anyAccount(wanted: unknown): unknown {
  return JSON.parse(JSON.stringify(wanted).replaceAll(RECORDED_ACCOUNT, "<account-id:1>"));
}

/** Both sides without what only one of them can have, and with dates and lists of allowed values in one form. */
function alike(wanted: unknown, got: unknown): readonly [unknown, unknown] {
  if (Array.isArray(wanted) && Array.isArray(got)) {
    const pairs = wanted.map((entry, i) => alike(entry, got[i]));
    return [pairs.map(([a]) => a), [...pairs.map(([, b]) => b), ...got.slice(wanted.length)]];
  }
  if (wanted === "datetime" && typeof got === "number") return [wanted, new Date(got * 1000)];
  if (typeof wanted === "string" && typeof got === "string") return [wanted, withWantedEnum(wanted, got)];
  if (wanted === null || got === null || typeof wanted !== "object" || typeof got !== "object") {
    return [wanted, typeof wanted === "object" && typeof got === "string" ? JSON.parse(got) : got];
  }
  const [a, b] = [fieldsOf(wanted), fieldsOf(got)];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const kept = [...names].filter(
    (name) => !REPEATED.includes(name) && !(ADDED_SINCE.includes(name) && !(name in a)),
  );
  const entries = kept.map((name) => [name, alike(a[name], b[name])] as const);
  const side = (at: 0 | 1): Fields =>
    Object.fromEntries(
      entries.filter(([name]) => name in (at === 0 ? a : b)).map(([name, each]) => [name, each[at]]),
    );
  return [side(0), side(1)];
}

const ENUM_SET = /enum value set: \[([^\]]*)\]/;

/** AWS lists allowed values in no order and has more of them today: ours must hold those of the recording. */
function withWantedEnum(wanted: string, got: string): string {
  const [, wantedSet] = ENUM_SET.exec(wanted) ?? [];
  const [, gotSet] = ENUM_SET.exec(got) ?? [];
  if (wantedSet === undefined || gotSet === undefined) return got;
  const known = new Set(gotSet.split(", "));
  return wantedSet.split(", ").every((value) => known.has(value))
    ? got.replace(ENUM_SET, `enum value set: [${wantedSet}]`)
    : got;
}

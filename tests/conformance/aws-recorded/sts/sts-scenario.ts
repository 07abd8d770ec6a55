import { randomBytes } from "node:crypto";
import { callQuery, type QueryCall, sessionOf } from "../../../harness/query-client.ts";
import type { WireClient } from "../../../harness/wire-client.ts";
import { type Bindings, differences } from "../compare.ts";
import type { Recording } from "../recordings.ts";
import { parseXml } from "../xml.ts";

export type StsReplay = (t: StsScenario) => Promise<void>;
export type SessionCredentials = ReturnType<typeof sessionOf>;

const RECORDED_ACCOUNT = /111111111111/g;

interface Called {
  /** In the shape of the recordings. */
  readonly answer: Readonly<Record<string, unknown>>;
  readonly response: Awaited<ReturnType<typeof callQuery>>;
}

/** One recorded test of STS under replay. */
export class StsScenario {
  readonly problems: string[] = [];
  readonly #recording: Recording;
  readonly #client: WireClient;
  readonly #bindings: Bindings = new Map();
  readonly #seen = new Set<string>();

  constructor(recording: Recording, client: WireClient) {
    this.#recording = recording;
    this.#client = client;
  }

  newName(kind: string): string {
    return `test-${kind}-${randomBytes(4).toString("hex")}`;
  }

  /** The account of the server's root. */
  async accountId(): Promise<string> {
    const { answer } = await this.#call({ service: "sts", action: "GetCallerIdentity" });
    return String(answer["Account"]);
  }

  /** Performs a request as root unless it says otherwise, and compares its answer with the one under `label`. */
  async match(label: string, call: QueryCall): Promise<Called> {
    const called = await this.#call(call);
    this.check(label, called.answer);
    return called;
  }

  /** Credentials of a role, from a request that must succeed. */
  async assume(
    parameters: Readonly<Record<string, string>>,
    credentials?: SessionCredentials,
  ): Promise<SessionCredentials> {
    const by = credentials === undefined ? {} : { credentials };
    const { response } = await this.#call({ service: "sts", action: "AssumeRole", parameters, ...by });
    return sessionOf(response);
  }

  check(label: string, value: unknown): void {
    this.#seen.add(label);
    const wanted = this.#recording.answers.get(label);
    if (wanted === undefined) throw new Error(`nothing was recorded under ${label}`);
    // Ours is another account than the recorded one: the placeholder binds it.
    const anyAccount: unknown = JSON.parse(
      JSON.stringify(wanted).replaceAll(RECORDED_ACCOUNT, "<account-id:1>"),
    );
    for (const found of differences(anyAccount, value, this.#bindings))
      this.problems.push(`${label} ${found}`);
  }

  /** Every recorded answer must have been compared. */
  finish(): void {
    for (const label of this.#recording.answers.keys())
      if (!this.#seen.has(label)) this.problems.push(`${label} was not replayed`);
  }

  async #call(call: QueryCall): Promise<Called> {
    const response = await callQuery(this.#client, call);
    const root = fields(parseXml(response.body.toString("utf8")));
    const document = fields(root[`${call.action}Response`] ?? root["ErrorResponse"]);
    const metadata = { HTTPStatusCode: response.status, HTTPHeaders: {} };
    const result =
      response.status < 300 ? fields(document[`${call.action}Result`]) : { Error: document["Error"] };
    return { answer: { ...decodePolicies(result), ResponseMetadata: metadata }, response };
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? { ...value } : {};
}

/** The recording client decodes policies, which travel percent-encoded. */
function decodePolicies(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (name.endsWith("PolicyDocument") && typeof each === "string")
        return [name, JSON.parse(decodeURIComponent(each))];
      return [
        name,
        each !== null && typeof each === "object" && !Array.isArray(each)
          ? decodePolicies(fields(each))
          : each,
      ];
    }),
  );
}

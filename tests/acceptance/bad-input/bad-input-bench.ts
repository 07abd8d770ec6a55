import assert from "node:assert/strict";
import {
  exchangeRaw,
  printHead,
  type RawAnswer,
  type RawPlan,
  rawErrorCode,
} from "../../harness/raw-exchange.ts";
import {
  type Credentials,
  encodeKeyPath,
  printQuery,
  type SigningScope,
  sha256Hex,
  signHeaders,
} from "../../harness/sigv4-signer.ts";
import type { Tally } from "../../harness/tally.ts";
import type { TestServer } from "../../harness/test-server.ts";

export const BUCKET = "bad-input";
export const CONTROL_KEY = "control";
export const CONTROL_BODY = Buffer.from("still here");

export interface RawRequest {
  readonly method?: string;
  readonly bucket?: string;
  readonly objectKey?: string;
  /** Sent as it is instead of the encoded key. */
  readonly rawPath?: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly payloadHash?: string;
  readonly credentials?: Credentials;
  readonly dateMs?: number;
}

/** What a case expects: one of these codes with its status, or, where AWS has no answer, the end of the connection. */
export interface Expectation {
  readonly status: number;
  readonly codes: readonly string[];
  readonly orClosed?: boolean;
}

/** A running server, signed heads for raw sockets, and the two questions asked after every case. */
export class BadInputBench {
  readonly server: TestServer;
  readonly tally: Tally;
  #serial = 0;

  constructor(server: TestServer, tally: Tally) {
    this.server = server;
    this.tally = tally;
  }

  /** An object key that no other case uses. */
  newKey(): string {
    return `case-${this.#serial++}`;
  }

  /** A signed request head; `content-length` and the like are the caller's, so that they may lie. */
  head(input: RawRequest): { head: string; signing: SigningScope } {
    const { environment } = this.server;
    const path = input.rawPath ?? `/${input.bucket ?? BUCKET}/${encodeKeyPath(input.objectKey ?? "")}`;
    const query = input.query ?? [];
    const { headers, signing } = signHeaders({
      method: input.method ?? "PUT",
      path,
      query,
      headers: { host: new URL(environment.endpoint).host, ...input.headers },
      payloadHash: input.payloadHash ?? sha256Hex(""),
      credentials: input.credentials ?? environment.credentials,
      region: environment.region,
      ...(input.dateMs === undefined ? {} : { dateMs: input.dateMs }),
    });
    const target = query.length === 0 ? path : `${path}?${printQuery(query)}`;
    return { head: printHead(input.method ?? "PUT", target, headers), signing };
  }

  exchange(plan: RawPlan): Promise<RawAnswer> {
    return exchangeRaw(this.server.environment, { untilResponse: true, ...plan });
  }

  /** Sends one honest request with a whole body. */
  async send(input: RawRequest & { readonly body?: Buffer }): Promise<RawAnswer> {
    const body = input.body ?? Buffer.alloc(0);
    const { head } = this.head({
      payloadHash: sha256Hex(body),
      ...input,
      headers: { "content-length": String(body.length), ...input.headers },
    });
    return this.exchange({ send: [head, body] });
  }

  expect(answer: RawAnswer, expected: Expectation, what: string): void {
    this.tally.add("bad inputs");
    if (answer.status === null && expected.orClosed === true && answer.end !== "timeout") return;
    const seen = `${answer.status} ${rawErrorCode(answer)} (${answer.end} after ${answer.afterMs.toFixed(0)} ms)`;
    assert.equal(answer.status, expected.status, `${what}: ${seen} ${answer.text.slice(0, 600)}`);
    if (expected.codes.length > 0)
      assert.ok(
        expected.codes.includes(rawErrorCode(answer)),
        `${what}: ${seen}, not ${expected.codes.join(" or ")}`,
      );
  }

  /** Neither an object nor a version nor a part was left under this key. */
  async assertNothingStored(objectKey: string, what: string): Promise<void> {
    const { client } = this.server;
    const got = await client.request({ method: "GET", bucket: BUCKET, objectKey });
    assert.equal(got.status, 404, `${what}: something was stored (${got.body.length} bytes)`);
    const listed = await client.request({
      method: "GET",
      bucket: BUCKET,
      query: { "list-type": "2", prefix: objectKey },
    });
    assert.ok(!listed.body.includes("<Key>"), `${what}: the listing shows it`);
    this.tally.add("keys found empty");
  }

  /** The server answers others as if nothing had been. */
  async assertAlive(what: string): Promise<void> {
    const got = await this.server.client.request({ method: "GET", bucket: BUCKET, objectKey: CONTROL_KEY });
    assert.equal(got.status, 200, `${what}: the control object answers ${got.status} ${got.body}`);
    assert.deepEqual(got.body, CONTROL_BODY, what);
    this.tally.add("signs of life");
  }
}

export interface BadInputCase {
  readonly name: string;
  readonly run: (bench: BadInputBench) => Promise<void>;
}

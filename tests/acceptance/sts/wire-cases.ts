import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { callQuery, type QueryCall, sessionOf } from "../../harness/query-client.ts";
import { exchangeRaw, printHead } from "../../harness/raw-exchange.ts";
import { EMPTY_SHA256, presignQuery, signatureOf, signHeaders } from "../../harness/sigv4-signer.ts";
import type { Tally } from "../../harness/tally.ts";
import type { TestServer } from "../../harness/test-server.ts";
import { errorCodeOf, type WireResponse, xmlTexts } from "../../harness/wire-client.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
const IDENTITY = { Action: "GetCallerIdentity", Version: "2011-06-15" };
const MINUTE_MS = 60_000;

/** What no SDK sends: requests of STS by hand, with AWS's answer to each. */
export async function sendByHand(server: TestServer, tally: Tally): Promise<void> {
  const hand = new Hand(server);
  const session = sessionOf(await hand.call({ action: "GetSessionToken" }));
  const answers: readonly (readonly [string, string, WireResponse])[] = [
    ["scope of the region", "200", await hand.call({ action: "GetCallerIdentity" })],
    [
      "scope of the global endpoint",
      "200",
      await hand.call({ action: "GetCallerIdentity", region: "us-east-1" }),
    ],
    [
      "scope of another region",
      "403 SignatureDoesNotMatch",
      await hand.call({ action: "GetCallerIdentity", region: "eu-north-1" }),
    ],
    [
      "no signature",
      "403 MissingAuthenticationToken",
      await hand.call({ action: "GetCallerIdentity", credentials: null }),
    ],
    [
      "no such operation, unsigned",
      "403 MissingAuthenticationToken",
      await hand.call({ action: "Nothing", credentials: null }),
    ],
    ["no such operation", "400 InvalidAction", await hand.call({ action: "Nothing" })],
    ["SAML", "501 NotImplemented", await hand.call({ action: "AssumeRoleWithSAML", credentials: null })],
    ["a session", "200", await hand.call({ action: "GetCallerIdentity", credentials: session })],
    [
      "a key that there is not",
      "403 InvalidClientTokenId",
      await hand.call({
        action: "GetCallerIdentity",
        credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" },
      }),
    ],
    [
      "a wrong secret",
      "403 SignatureDoesNotMatch",
      await hand.call({ action: "GetCallerIdentity", credentials: { ...session, secretAccessKey: "x" } }),
    ],
    ["a clock of 14 minutes ago", "200", await hand.send({ dateMs: Date.now() - 14 * MINUTE_MS })],
    [
      "a clock of 16 minutes ago",
      "403 SignatureDoesNotMatch",
      await hand.send({ dateMs: Date.now() - 16 * MINUTE_MS }),
    ],
    [
      "a clock of 16 minutes ahead",
      "403 SignatureDoesNotMatch",
      await hand.send({ dateMs: Date.now() + 16 * MINUTE_MS }),
    ],
    [
      "a body that was changed",
      "403 SignatureDoesNotMatch",
      await hand.send({ sentBody: "Action=GetSessionToken&Version=2011-06-15" }),
    ],
    [
      "a token that was not signed",
      "403 SignatureDoesNotMatch",
      await hand.send({ more: { "x-amz-security-token": session.sessionToken } }),
    ],
    [
      "a signed header that was left out",
      "403 SignatureDoesNotMatch",
      await hand.send({ leftOut: "content-type" }),
    ],
    [
      "a parameter sent twice",
      "400 MalformedQueryString",
      await hand.send({ body: "Action=GetCallerIdentity&Action=GetSessionToken&Version=2011-06-15" }),
    ],
    [
      "too large a body",
      "413 RequestEntityTooLarge",
      await hand.send({ body: `Action=${"x".repeat(200_000)}` }),
    ],
    ["a presigned query", "200", await hand.presigned("")],
    [
      "a presigned query with one more parameter",
      "403 SignatureDoesNotMatch",
      await hand.presigned("&DurationSeconds=900"),
    ],
  ];
  for (const [what, wanted, response] of answers) {
    const code = errorCodeOf(response);
    assert.equal(`${response.status}${code === "" ? "" : ` ${code}`}`, wanted, `${what}: ${response.body}`);
    assert.equal(xmlTexts(response.body, "RequestId").length, 1, what);
    tally.add("requests by hand");
  }
}

/** Bodies that are too large, or whose sender leaves, for each of the small services; the server lives on. */
export async function breakOff(server: TestServer, tally: Tally): Promise<void> {
  const { client, environment } = server;
  const host = new URL(environment.endpoint).host;
  const targets = {
    sts: FORM,
    iam: { ...FORM, authorization: scopeOf("iam") },
    kms: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.ListKeys" },
  };
  for (const [service, headers] of Object.entries(targets)) {
    const body = Buffer.alloc(3 << 20, "x");
    const large = await client.request({ method: "POST", headers, body, credentials: null });
    assert.ok([400, 413].includes(large.status), `${service}: ${large.status}`);
    const head = printHead("POST", "/", { host, "content-length": "1000", ...headers });
    const left = await exchangeRaw(client.target, { send: [head, "Action=", 50], afterwards: "destroy" });
    assert.equal(left.status, null);
    const { status } = await callQuery(client, { service: "sts", action: "GetCallerIdentity" });
    assert.equal(status, 200, `after ${service}`);
    tally.add("broken bodies", 2);
  }
  assert.equal(server.process.output.includes("TypeError"), false);
}

/** Only routes: no signature. */
const scopeOf = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIA/20261124/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

class Hand {
  readonly #server: TestServer;

  constructor(server: TestServer) {
    this.#server = server;
  }

  call(call: Omit<QueryCall, "service">): Promise<WireResponse> {
    return callQuery(this.#server.client, { service: "sts", ...call });
  }

  /** Signed by root, then changed on the way. */
  send(change: {
    readonly dateMs?: number;
    readonly body?: string;
    readonly sentBody?: string;
    readonly more?: Readonly<Record<string, string>>;
    readonly leftOut?: string;
  }): Promise<WireResponse> {
    const { client, environment } = this.#server;
    const { credentials, region, endpoint } = environment;
    const body = change.body ?? new URLSearchParams(IDENTITY).toString();
    const { headers } = signHeaders({
      method: "POST",
      path: "/",
      query: [],
      headers: { host: new URL(endpoint).host, ...FORM },
      payloadHash: createHash("sha256").update(body).digest("hex"),
      credentials,
      region,
      service: "sts",
      ...(change.dateMs === undefined ? {} : { dateMs: change.dateMs }),
    });
    const sent = Object.entries({ ...headers, ...change.more }).filter(([name]) => name !== change.leftOut);
    return client.request({
      method: "POST",
      headers: Object.fromEntries(sent),
      body: Buffer.from(change.sentBody ?? body),
      credentials: null,
    });
  }

  /** GetCallerIdentity as a URL: how clusters let somebody prove who they are. */
  presigned(added: string): Promise<WireResponse> {
    const { client, environment } = this.#server;
    const { credentials, region, endpoint } = environment;
    const input = {
      method: "GET",
      path: "/",
      query: Object.entries(IDENTITY),
      headers: { host: new URL(endpoint).host },
      credentials,
      region,
      service: "sts",
    };
    // Outside S3 the hash of the body, which is empty, is signed.
    const query = presignQuery({ ...input, expiresSeconds: 60 }).slice(0, -1);
    const timestamp = new Map(query).get("X-Amz-Date") ?? "";
    const { signature } = signatureOf({ ...input, query, payloadHash: EMPTY_SHA256 }, timestamp);
    query.push(["X-Amz-Signature", signature]);
    const more = [...new URLSearchParams(added)];
    return client.request({
      method: "GET",
      query: Object.fromEntries([...query, ...more]),
      credentials: null,
    });
  }
}

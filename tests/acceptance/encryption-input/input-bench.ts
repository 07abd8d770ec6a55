import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Needle } from "../../canary/needle-scanner.ts";
import { callKms, kmsFields } from "../../harness/kms-client.ts";
import type { Tally } from "../../harness/tally.ts";
import type { TestServer } from "../../harness/test-server.ts";
import { xmlTexts } from "../../harness/wire-client.ts";
import { digestNeedles, secretNeedles } from "./customer-keys.ts";
import { type Answer, InputClient, type Pairs, type Sending } from "./input-client.ts";

/** Takes customers' keys, keeps versions. */
export const OPEN = "takes-customer-keys";
/** As new buckets are: customers' keys are blocked. */
export const BLOCKING = "blocks-customer-keys";
export const CONTROL_KEY = "control";
/** Under the account's own key of the key service. */
export const KMS_KEY = "under-kms";
const CONTROL_BODY = Buffer.from("still here");

/** What the suite counts: each row of the table on each entry point where it can be sent. */
export const CELLS = "cells (row × entry point)";

/** What S3 says to a bad input. `message` and `argument` are compared where they are given. */
export interface Verdict {
  readonly status: number;
  readonly code: string;
  readonly message?: string | RegExp;
  /** ArgumentName and ArgumentValue; the latter is absent where there is none. */
  readonly argument?: readonly [name: string, value?: string];
}

/** The server under test with both its ports, and the questions asked after every row. */
export class InputBench {
  readonly server: TestServer;
  readonly tally: Tally;
  readonly #secrets: readonly Needle[];
  readonly #client: InputClient;
  readonly #pids: readonly number[];
  #serial = 0;

  constructor(server: TestServer, plainPort: number, tally: Tally) {
    this.server = server;
    this.tally = tally;
    this.#secrets = secretNeedles();
    this.#client = new InputClient(server, plainPort);
    this.#pids = server.process.pids();
  }

  close(): void {
    this.#client.close();
  }

  /** A prefix of object keys that no other row uses. */
  newPrefix(): string {
    return `row-${this.#serial++}/`;
  }

  /** Signs and sends one request. Whatever is answered holds no key of a customer's. */
  async send(sending: Sending): Promise<Answer> {
    const answer = await this.#client.send(sending);
    const what = `${sending.method} ${sending.bucket}/${sending.objectKey ?? ""}`;
    this.assertNoSecret(JSON.stringify(answer.headers) + answer.body, what);
    return answer;
  }

  /** One row at one entry point: the answer must be exactly this refusal. */
  expect(answer: Answer, expected: Verdict, what: string, method = "GET"): void {
    this.tally.add(CELLS);
    const seen = `${what}: ${answer.status} ${answer.body.slice(0, 900)}`;
    assert.equal(answer.status, expected.status, seen);
    if (method === "HEAD") {
      assert.equal(answer.body, "", `${what}: a HEAD has no body`);
      return;
    }
    const { code, message, argument } = expected;
    const text = (name: string): string | undefined => xmlTexts(answer.body, name)[0];
    assert.equal(text("Code"), code, seen);
    if (typeof message === "string") assert.equal(text("Message"), message, seen);
    else if (message !== undefined) assert.match(text("Message") ?? "", message, seen);
    if (argument === undefined) return;
    assert.deepEqual(
      [text("ArgumentName"), elementText(answer.body, "ArgumentValue")],
      [argument[0], argument[1]],
      seen,
    );
  }

  /** Neither an object, nor a version, nor an upload is there. */
  async assertNothingStored(bucket: string, prefix: string, what: string): Promise<void> {
    for (const [list, found] of [
      ["versions", "Key"],
      ["uploads", "Key"],
    ] as const) {
      const listed = await this.send({
        method: "GET",
        bucket,
        query: [
          [list, ""],
          ["prefix", prefix],
        ],
      });
      assert.equal(listed.status, 200, `${what}: ${listed.body}`);
      assert.deepEqual(xmlTexts(listed.body, found), [], `${what}: ${list} were left`);
    }
    this.tally.add("prefixes found empty");
  }

  /** How many keys the key service has: rows about keys make none. */
  async countKmsKeys(): Promise<number> {
    const answer = await callKms(this.server.client, "ListKeys", { Limit: 1000 });
    const keys: unknown = kmsFields(answer)["Keys"];
    assert.ok(Array.isArray(keys), String(answer.body));
    return keys.length;
  }

  /** No process ended, and others are answered as if nothing had been. */
  async assertAlive(what: string): Promise<void> {
    const got = await this.send({ method: "GET", bucket: OPEN, objectKey: CONTROL_KEY });
    assert.deepEqual([got.status, got.body], [200, CONTROL_BODY.toString()], what);
    assert.deepEqual(this.server.process.pids(), this.#pids, `a server process ended: ${what}`);
    this.tally.add("signs of life");
  }

  assertNoSecret(text: string, what: string): void {
    const bytes = Buffer.from(text, "latin1");
    for (const { label, bytes: needle } of this.#secrets)
      assert.ok(!bytes.includes(needle), `${what}: the answer holds ${label}`);
    this.tally.add("answers without keys");
  }

  /** What the server logged of all that was sent: requests, and no key of any form. */
  async assertCleanLog(): Promise<void> {
    const log = await this.#wholeLog();
    for (const { label, bytes } of [...this.#secrets, ...digestNeedles()])
      assert.ok(!log.includes(bytes), `the log holds ${label}`);
    this.tally.add("KiB of log without keys", Math.ceil(log.length / 1024));
  }

  /** The log up to a last request, whose own line is waited for. */
  async #wholeLog(): Promise<Buffer> {
    const last = await this.require({ method: "GET", bucket: OPEN, objectKey: CONTROL_KEY });
    const requestId = String(last.headers["x-amz-request-id"]);
    for (const deadlineMs = Date.now() + 30_000; Date.now() < deadlineMs; ) {
      const log = readFileSync(this.server.folder.logFile);
      if (log.includes(requestId)) return log;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the log does not tell of the last request: is it at level debug?");
  }

  async prepare(): Promise<void> {
    for (const bucket of [OPEN, BLOCKING]) await this.server.makeBucket(bucket);
    await this.putBucketEncryption(OPEN, blockedTypes("NONE"));
    const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    const versioned = await this.send({ method: "PUT", bucket: OPEN, query: [["versioning", ""]], body });
    assert.equal(versioned.status, 200, versioned.body);
    for (const bucket of [OPEN, BLOCKING])
      await this.require({ method: "PUT", bucket, objectKey: CONTROL_KEY, body: CONTROL_BODY });
    // Makes the account's own key, so that no row does.
    const headers: Pairs = [["x-amz-server-side-encryption", "aws:kms"]];
    await this.require({ method: "PUT", bucket: OPEN, objectKey: KMS_KEY, headers, body: CONTROL_BODY });
  }

  /** Sends what has to succeed. */
  async require(sending: Sending): Promise<Answer> {
    const answer = await this.send(sending);
    assert.ok(answer.status === 200 || answer.status === 204, `${answer.status} ${answer.body}`);
    return answer;
  }

  async beginUpload(objectKey: string, headers: Pairs = []): Promise<string> {
    const sending = { method: "POST", bucket: OPEN, objectKey, query: [["uploads", ""]] as const, headers };
    const [uploadId] = xmlTexts((await this.require(sending)).body, "UploadId");
    assert.ok(uploadId !== undefined);
    return uploadId;
  }

  async abortUpload(objectKey: string, uploadId: string): Promise<void> {
    await this.require({ method: "DELETE", bucket: OPEN, objectKey, query: [["uploadId", uploadId]] });
  }

  /** The upload is there still, and has no part. */
  async assertNoPart(objectKey: string, uploadId: string, headers: Pairs = []): Promise<void> {
    const query = [["uploadId", uploadId]] as const;
    const listed = await this.require({ method: "GET", bucket: OPEN, objectKey, query, headers });
    assert.ok(listed.body.includes("<ListPartsResult"), listed.body);
    assert.deepEqual(xmlTexts(listed.body, "PartNumber"), [], `a part of ${objectKey} was left`);
    this.tally.add("uploads found empty");
  }

  putBucketEncryption(bucket: string, rules: string): Promise<Answer> {
    return this.require({ method: "PUT", bucket, query: [["encryption", ""]], ...encryptionDocument(rules) });
  }

  async bucketEncryption(bucket: string): Promise<string> {
    return (await this.require({ method: "GET", bucket, query: [["encryption", ""]] })).body;
  }
}

export interface InputCase {
  readonly name: string;
  readonly run: (bench: InputBench) => Promise<void>;
}

export const blockedTypes = (type: "NONE" | "SSE-C"): string =>
  `<Rule><BlockedEncryptionTypes><EncryptionType>${type}</EncryptionType></BlockedEncryptionTypes></Rule>`;

/** A whole document with the digest that it must come with. */
export const withDigest = (body: string): { readonly body: string; readonly headers: Pairs } => ({
  body,
  headers: [["content-md5", createHash("md5").update(body).digest("base64")]],
});

export const encryptionDocument = (rules: string) =>
  withDigest(`<ServerSideEncryptionConfiguration>${rules}</ServerSideEncryptionConfiguration>`);

/** As `xmlTexts`, and "" for an element without content. */
function elementText(document: string, name: string): string | undefined {
  return document.includes(`<${name}/>`) ? "" : xmlTexts(document, name)[0];
}

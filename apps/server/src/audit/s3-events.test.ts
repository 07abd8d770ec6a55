import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { deriveAuditKeys, readTrail, TrailWriter } from "@strongroom/audit";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { S3Error, type S3Request } from "@strongroom/s3";
import { AuditLog } from "./audit-log.ts";
import { EventSelectors } from "./event-selectors.ts";
import { s3Audit } from "./s3-events.ts";

const ACCOUNT = "000011112222";
const ARN = `arn:aws:iam::${ACCOUNT}:root`;
const DOCUMENT = "<CORSConfiguration><CORSRule/></CORSConfiguration>";

/** A request of the root user's on a bucket, with DOCUMENT for its body. */
const request: S3Request = {
  requestId: "0123456789ABCDEF",
  method: "PUT",
  bucket: "shared",
  objectKey: null,
  query: new Map(),
  header: () => undefined,
  headerNames: () => [],
  caller: {
    principal: { kind: "root", accountId: ACCOUNT, arn: ARN, userId: ACCOUNT },
    session: null,
    accountId: ACCOUNT,
    canonicalUserId: "0".repeat(64),
    arn: ARN,
    displayName: "root",
  },
  signature: null,
  body: (async function* () {})(),
  integrity: {},
  readText: async () => DOCUMENT,
  sourceIp: "127.0.0.1",
  secure: true,
  tlsVersion: "1.3",
};

test("what a bucket's configuration was set to is on the trail, where it was done", async () => {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-s3-events-"));
  const clock = new ManualClock(Date.UTC(2026, 10, 20));
  const keys = deriveAuditKeys(createSecretKey(Buffer.alloc(32, 3)));
  const writer = new TrailWriter({ folder, keys, clock });
  const records = Object.assign(new MemoryRecordStore(), { lastCommit: () => 0 });
  const selectors = new EventSelectors(records);
  const audit = s3Audit({ log: new AuditLog(writer, clock), selectors, region: "us-east-1" });
  try {
    await audit.record({ operation: "PutBucketCors", request, error: null });
    await audit.record({ operation: "PutBucketInventoryConfiguration", request, error: null });
    await audit.record({ operation: "PutBucketPolicy", request, error: null });
    await audit.record({ operation: "DeleteBucketCors", request, error: null });
    const error = new S3Error("AccessDenied", {});
    await audit.record({ operation: "PutBucketCors", request, error });
    await writer.close();
    const told: unknown[] = [];
    for await (const { text } of readTrail(folder, keys, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER })) {
      const { eventName, errorCode, requestParameters } = Object(JSON.parse(text));
      const { bucketName, document, bucketPolicy } = Object(requestParameters);
      assert.equal(bucketName, "shared");
      told.unshift([eventName, errorCode, document, bucketPolicy]);
    }
    assert.deepEqual(told, [
      ["PutBucketCors", undefined, DOCUMENT, undefined],
      ["PutBucketInventoryConfiguration", undefined, DOCUMENT, undefined],
      ["PutBucketPolicy", undefined, undefined, DOCUMENT],
      ["DeleteBucketCors", undefined, undefined, undefined],
      ["PutBucketCors", "AccessDenied", undefined, undefined],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AccessRecord, printAccessRecord } from "./access-record.ts";

const OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const record: AccessRecord = {
  bucketOwnerId: OWNER,
  bucket: "photos",
  receivedMs: Date.UTC(2026, 1, 6, 0, 1, 57, 900),
  remoteIp: "192.0.2.3",
  requester: "arn:aws:iam::123456789012:user/ann",
  requestId: "DD6CC733AEXAMPLE",
  operation: "REST.PUT.OBJECT",
  objectKey: "2026/a b+ü.jpg",
  requestLine: "PUT /photos/2026/a%20b%2B%C3%BC.jpg HTTP/1.1",
  status: 200,
  errorCode: null,
  bytesSent: 0,
  objectSizeBytes: 4406583,
  totalMs: 41754.4,
  turnAroundMs: 27.6,
  referer: null,
  userAgent: "S3Console/0.4",
  versionId: null,
  hostId: "10S62Zv81kBW7BB6SX4XJ48o6kpcl6LPwEoizZQQxJd5qDSCTLX0TgS37kYUBKQW",
  signatureVersion: "SigV4",
  cipherSuite: "TLS_AES_256_GCM_SHA384",
  authenticationType: "AuthHeader",
  host: "photos.s3.example.com",
  tlsVersion: "TLSv1.3",
  usedAccessList: false,
};

test("a record is one line in the order of Amazon's fields", () => {
  assert.equal(
    printAccessRecord(record),
    `${OWNER} photos [06/Feb/2026:00:01:57 +0000] 192.0.2.3 arn:aws:iam::123456789012:user/ann DD6CC733AEXAMPLE ` +
      'REST.PUT.OBJECT 2026/a%2520b%252B%25C3%25BC.jpg "PUT /photos/2026/a%20b%2B%C3%BC.jpg HTTP/1.1" 200 - - 4406583 ' +
      '41754 28 "-" "S3Console/0.4" - ' +
      "10S62Zv81kBW7BB6SX4XJ48o6kpcl6LPwEoizZQQxJd5qDSCTLX0TgS37kYUBKQW SigV4 TLS_AES_256_GCM_SHA384 AuthHeader " +
      "photos.s3.example.com TLSv1.3 - -\n",
  );
});

test("what there is none of is a dash", () => {
  const bare: AccessRecord = {
    ...record,
    remoteIp: null,
    requester: null,
    objectKey: null,
    requestLine: null,
    objectSizeBytes: null,
    totalMs: null,
    turnAroundMs: null,
    userAgent: "",
    signatureVersion: null,
    cipherSuite: null,
    authenticationType: null,
    host: null,
    tlsVersion: null,
    usedAccessList: true,
  };
  assert.equal(
    printAccessRecord(bare),
    `${OWNER} photos [06/Feb/2026:00:01:57 +0000] - - DD6CC733AEXAMPLE REST.PUT.OBJECT - - 200 - - - - - "-" "-" - ` +
      `${record.hostId} - - - - - - Yes\n`,
  );
});

test("whatever a client sends, it is one line of 26 fields", () => {
  const anything = fc.string({ unit: "binary" });
  const FIELD = /\[[^\]]*\]|"[^"]*"|[^ ]+/g;
  fc.assert(
    fc.property(anything, anything, anything, anything, (objectKey, referer, userAgent, host) => {
      const requestLine = `GET /${referer} HTTP/1.1`;
      const line = printAccessRecord({
        ...record,
        objectKey: `k${objectKey}`,
        referer,
        userAgent,
        host,
        requestLine,
      });
      assert.match(line, /^[ -~]+\n$/);
      const fields = line.trimEnd().match(FIELD) ?? [];
      assert.equal(fields.length, 26);
      assert.equal(fields.join(" "), line.trimEnd());
      const key = decodeURIComponent(decodeURIComponent(fields[7] ?? ""));
      assert.equal(key, `k${objectKey}`.toWellFormed());
    }),
  );
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { StoreError } from "@strongroom/store";
import { S3_ERRORS } from "./error-table.ts";
import { S3Error, type S3ErrorCode, s3Error } from "./errors.ts";
import { printErrorsDocument } from "./errors-doc.ts";
import { s3ErrorFromStore } from "./errors-from-engine.ts";

const subject = {
  method: "GET",
  bucket: "vault",
  objectKey: "a/b",
  versionId: "v1",
  uploadId: undefined,
};

test("docs/errors.md is what the table prints", () => {
  const document = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  assert.equal(document, printErrorsDocument());
});

test("every code has an HTTP error status and a message", () => {
  const codes = Object.entries(S3_ERRORS);
  assert.ok(codes.length > 60);
  for (const [code, [status, message]] of codes) {
    assert.ok(status === 304 || (status >= 400 && status < 600), code);
    assert.notEqual(message, "", code);
  }
});

test("an error knows its status, keeps the order of its fields and leaves out what is undefined", () => {
  const error = s3Error("InvalidArgument", {
    message: "no",
    fields: { ArgumentName: "x", Nothing: undefined, ArgumentValue: "y" },
  });
  assert.ok(error instanceof S3Error);
  assert.equal(error.status, 400);
  assert.deepEqual(Object.entries(error.fields), [
    ["ArgumentName", "x"],
    ["ArgumentValue", "y"],
  ]);
  assert.equal(error.kind, "invalid");
});

test("an engine refusal names its subject as S3 does", () => {
  const cases: readonly [StoreError, S3ErrorCode, Record<string, string>][] = [
    [new StoreError("NoSuchBucket", "state", ""), "NoSuchBucket", { BucketName: "vault" }],
    [new StoreError("NoSuchKey", "state", ""), "NoSuchKey", { Key: "a/b" }],
    [new StoreError("NoSuchVersion", "state", ""), "NoSuchVersion", { Key: "a/b", VersionId: "v1" }],
    [
      new StoreError("PreconditionFailed", "state", "", { condition: "If-Match" }),
      "PreconditionFailed",
      { Condition: "If-Match" },
    ],
  ];
  for (const [error, code, fields] of cases) {
    const mapped = s3ErrorFromStore(error, subject);
    assert.equal(mapped.code, code);
    assert.deepEqual(mapped.fields, fields);
    assert.equal(mapped.message, S3_ERRORS[code][1]);
  }
});

test("a digest mismatch speaks of the algorithm, Content-MD5 shows both digests", () => {
  const crc = s3ErrorFromStore(new StoreError("BadDigest", "invalid", "", { algorithm: "CRC32" }), subject);
  assert.equal(crc.message, "The CRC32 you specified did not match the calculated checksum.");
  const md5 = s3ErrorFromStore(
    new StoreError("BadDigest", "invalid", "", { algorithm: "MD5", expected: "a", calculated: "b" }),
    subject,
  );
  assert.deepEqual(md5.fields, { ExpectedDigest: "a", CalculatedDigest: "b" });
});

test("a delete marker in the way is told by headers", () => {
  const error = new StoreError("MethodNotAllowed", "state", "", {
    deleteMarker: "true",
    versionId: "v1",
    lastModifiedMs: "0",
  });
  assert.deepEqual(s3ErrorFromStore(error, subject).headers, {
    "x-amz-delete-marker": "true",
    "x-amz-version-id": "v1",
    Allow: "DELETE",
    "Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT",
  });
});

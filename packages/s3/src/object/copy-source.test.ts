import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCopySource } from "./copy-source.ts";

const VERSION_ID = "AAZhDgUting90gqJNYX639ohNM7b7Su8";

test("bucket, key and version, with or without a leading slash", () => {
  assert.deepEqual(parseCopySource("b/k"), { bucket: "b", objectKey: "k", versionId: undefined });
  assert.deepEqual(parseCopySource("/b/a//b/"), { bucket: "b", objectKey: "a//b/", versionId: undefined });
  assert.deepEqual(parseCopySource("b/k?versionId=null"), { bucket: "b", objectKey: "k", versionId: "null" });
  assert.deepEqual(parseCopySource("b/a%3FversionId%3Dx"), {
    bucket: "b",
    objectKey: "a?versionId=x",
    versionId: undefined,
  });
  assert.equal(parseCopySource("b/a?b+c%2B").objectKey, "a?b+c+");
});

test("what is no source, with S3's words", () => {
  const argument = { ArgumentName: "x-amz-copy-source", ArgumentValue: "x-amz-copy-source" };
  for (const text of ["", "bucket", "bucket/", "/bucket"]) {
    assert.throws(() => parseCopySource(text), {
      code: "InvalidArgument",
      message: "Invalid copy source object key",
      details: argument,
    });
  }
  assert.throws(() => parseCopySource("//k"), { message: "Invalid copy source bucket name" });
  assert.throws(() => parseCopySource("b/%zz"), { code: "InvalidArgument" });
  for (const id of ["", "a", "%0d%0a"]) {
    assert.throws(() => parseCopySource(`b/k?versionId=${id}`), { code: "InvalidArgument" });
  }
  assert.throws(() => parseCopySource("arn:aws:s3:us-east-1:111111111111:accesspoint/a/object/k"), {
    code: "NotImplemented",
  });
});

test("law: an encoded source is read back", () => {
  const key = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
    .filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(key, (objectKey) => {
      const source = `bucket/${encodeURIComponent(objectKey)}?versionId=${VERSION_ID}`;
      assert.deepEqual(parseCopySource(source), { bucket: "bucket", objectKey, versionId: VERSION_ID });
    }),
  );
});

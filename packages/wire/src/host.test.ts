import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveAddress } from "./host.ts";

const DOMAINS = ["s3.example.com", "example.com", "localhost"];

function at(target: string, host: string | undefined): readonly (string | null)[] {
  const { style, bucket, objectKey } = resolveAddress(target, host, DOMAINS);
  return [style, bucket, objectKey];
}

test("path style", () => {
  assert.deepEqual(at("/", "127.0.0.1:9000"), ["path", null, null]);
  assert.deepEqual(at("/bucket", undefined), ["path", "bucket", null]);
  assert.deepEqual(at("/bucket/?list-type=2", "s3.example.com:9000"), ["path", "bucket", null]);
  assert.deepEqual(at("/bucket//a/../b%2Fc%20d", "localhost"), ["path", "bucket", "/a/../b/c d"]);
  assert.deepEqual(at("//key", "localhost"), ["path", "", "key"]);
  assert.deepEqual(at("/bucket/key", "bucket.other.org"), ["path", "bucket", "key"]);
});

test("virtual-host style, the longest domain first", () => {
  assert.deepEqual(at("/", "bucket.s3.example.com"), ["virtual-host", "bucket", null]);
  assert.deepEqual(at("/a//b/", "My.Bucket.s3.example.com:9000"), ["virtual-host", "my.bucket", "a//b/"]);
  assert.deepEqual(at("/k", "b.localhost."), ["virtual-host", "b", "k"]);
  assert.deepEqual(at("/b/k", ".s3.example.com"), ["path", "b", "k"]);
});

test("the raw parts stay as sent; a bad escape is InvalidURI", () => {
  const address = resolveAddress("/b/%2e?x=%20", "h", []);
  assert.deepEqual([address.rawPath, address.rawQuery, address.objectKey], ["/b/%2e", "x=%20", "."]);
  assert.throws(() => resolveAddress("/b/%zz", "h", []), { code: "InvalidURI" });
});

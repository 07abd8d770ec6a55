import assert from "node:assert/strict";
import { test } from "node:test";
import { requestOf } from "../operations/exchange-fixture.ts";
import { putObject } from "../operations/put-object.ts";
import { encodeWord } from "./encoded-word.ts";
import { readObjectHeaders, readUserMetadata } from "./metadata-headers.ts";

const read = (headers: Readonly<Record<string, string>>) =>
  readObjectHeaders(requestOf(putObject, { headers }));

test("content headers are kept verbatim, without aws-chunked and without characters no header has", () => {
  assert.deepEqual(read({ "content-encoding": "aws-chunked" }), {});
  assert.deepEqual(read({ "content-encoding": "gzip, aws-chunked" }), { contentEncoding: "gzip" });
  assert.deepEqual(read({ "content-disposition": 'filename="é"', expires: "not a date" }), {
    contentDisposition: 'filename="é"',
    expires: "not a date",
  });
  assert.deepEqual(read({ "cache-control": "a—👑b" }), { cacheControl: "a  b" });
});

test("what no answer could carry is not taken in: control characters, names that are no token", () => {
  assert.deepEqual(read({ "cache-control": "a\r\nb\x7f" }), { cacheControl: "a  b " });
  for (const name of ["a b", "a\r\nb", "é"]) {
    const request = requestOf(putObject, { headers: { [`x-amz-meta-${name}`]: "1" } });
    assert.throws(() => readUserMetadata(request), { code: "InvalidArgument" });
  }
});

test("a redirect goes to a path or to http(s)", () => {
  const header = "x-amz-website-redirect-location";
  assert.deepEqual(read({ [header]: "/a" }), { websiteRedirectLocation: "/a" });
  assert.throws(() => read({ [header]: "javascript:0" }), { code: "InvalidArgument" });
});

test("user metadata may use any name, and none that reaches into an object's prototype [L-97]", () => {
  const headers = { "x-amz-meta-__proto__": "1", "x-amz-meta-x-amz-server-side-encryption": "aws:kms" };
  const metadata = readUserMetadata(requestOf(putObject, { headers }));
  assert.deepEqual(Object.entries(metadata), [
    ["__proto__", "1"],
    ["x-amz-server-side-encryption", "aws:kms"],
  ]);
});

test("bytes of a metadata header are latin1, also where they would be UTF-8 (S3EC 1.7)", () => {
  const onTheWire = Buffer.from('{"ec-key":"我"}', "utf8").toString("latin1");
  const metadata = readUserMetadata(requestOf(putObject, { headers: { "x-amz-meta-m": onTheWire } }));
  assert.equal(encodeWord(metadata["m"] ?? ""), '=?UTF-8?Q?{"ec-key":"=C3=A6=C2=88=C2=91"}?=');
});

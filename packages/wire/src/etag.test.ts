import assert from "node:assert/strict";
import { test } from "node:test";
import { etagMatches, multipartEtag, parseEtagCondition, quoteEtag, unquoteEtag } from "./etag.ts";

test("quotes go on and come off once", () => {
  assert.equal(quoteEtag("abc"), '"abc"');
  for (const text of ['"abc"', "abc", 'W/"abc"']) assert.equal(unquoteEtag(text), "abc");
  assert.equal(unquoteEtag('"'), '"');
});

test("If-Match lists: quoted, bare, any, none", () => {
  assert.equal(parseEtagCondition(" * "), "*");
  assert.deepEqual(parseEtagCondition('"a", b ,W/"c",'), ["a", "b", "c"]);
  assert.ok(etagMatches("*", "x"));
  assert.ok(etagMatches(["a", "x"], "x"));
  assert.ok(!etagMatches([], "x"));
});

test("a multipart ETag is the MD5 of the binary part ETags and their number", () => {
  // md5("a") and md5("b"), concatenated and hashed again.
  const parts = ["0cc175b9c0f1b6a831c399e269772661", "92eb5ffee6ae2fec3ad71c777531578f"];
  assert.equal(multipartEtag(parts), "96e024ba2074fe77e8e965ba43a704be-2");
  assert.throws(() => multipartEtag(["xyz"]), TypeError);
});

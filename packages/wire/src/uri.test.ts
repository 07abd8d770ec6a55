import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePath, encodeListedKey, encodeUri, parseQuery, splitTarget } from "./uri.ts";

const INVALID = { name: "WireError", code: "InvalidURI" } as const;
const anyText = fc.string({ unit: "binary" });

test("decodePath(encodeUri(text)) is the text", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      fc.pre(text.isWellFormed());
      for (const keepSlash of [true, false]) assert.equal(decodePath(encodeUri(text, { keepSlash })), text);
      assert.ok(/^[\w.~/%-]*$/.test(encodeListedKey(text)));
    }),
  );
});

test("paths are decoded, never normalised", () => {
  assert.equal(decodePath("/a/../b//c/./+%2B%20%2f"), "/a/../b//c/./++ /");
  assert.equal(decodePath("/\xc3\xa9"), "/é");
});

test("bad escapes and bad UTF-8 are InvalidURI", () => {
  for (const raw of ["/%", "/%2", "/%zz", "/%ff", "/%c3", "/\xff", "/%ed%a0%80", "/\u0100"]) {
    assert.throws(() => decodePath(raw), INVALID);
  }
  assert.throws(() => parseQuery("a=%"), INVALID);
  assert.throws(() => splitTarget("*"), INVALID);
});

test("listed keys are encoded as recorded: '=' and '%' are, '/' is not", () => {
  assert.equal(encodeListedKey("date=2026-03-01/"), "date%3D2026-03-01/");
  assert.equal(encodeListedKey("%2F"), "%252F");
  assert.equal(encodeListedKey("test_file(3).png"), "test_file%283%29.png");
  assert.equal(encodeListedKey("quux ab/é\n"), "quux%20ab/%C3%A9%0A");
});

test("query parameters keep their order, a bare name is empty", () => {
  const parameters = parseQuery("uploads&prefix=a+b%2Bc&&x=1=2&x=");
  assert.deepEqual(
    parameters.map(({ name, value }) => [name, value]),
    [
      ["uploads", ""],
      ["prefix", "a b+c"],
      ["x", "1=2"],
      ["x", ""],
    ],
  );
});

test("targets split at the first question mark; an absolute form loses its origin", () => {
  assert.deepEqual(splitTarget("/a?b?c"), { rawPath: "/a", rawQuery: "b?c" });
  assert.deepEqual(splitTarget("https://h:1/a?b"), { rawPath: "/a", rawQuery: "b" });
  assert.deepEqual(splitTarget("http://h?b"), { rawPath: "/", rawQuery: "b" });
  assert.deepEqual(splitTarget("/http://h"), { rawPath: "/http://h", rawQuery: "" });
});

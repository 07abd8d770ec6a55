import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCount, parseEncodingType } from "./page-parameters.ts";

test("counts: a default for nothing, a ceiling for too much, InvalidArgument for the rest", () => {
  const options = { fallback: 1000, most: 1000 };
  assert.equal(parseCount("max-parts", undefined, options), 1000);
  assert.equal(parseCount("max-parts", "", options), 1000);
  assert.equal(parseCount("max-parts", "7", options), 7);
  assert.equal(parseCount("max-parts", "5000", options), 1000);
  for (const [text, message] of [
    ["ten", "Provided max-parts not an integer or within integer range"],
    ["1.5", "Provided max-parts not an integer or within integer range"],
    ["2147483648", "Provided max-parts not an integer or within integer range"],
    ["-1", "Argument max-parts must be an integer between 0 and 2147483647"],
  ] as const) {
    const details = { ArgumentName: "max-parts", ArgumentValue: text };
    assert.throws(() => parseCount("max-parts", text, options), {
      code: "InvalidArgument",
      message,
      details,
    });
  }
});

test("encoding-type is url or absent", () => {
  assert.equal(parseEncodingType("url"), "url");
  assert.equal(parseEncodingType(undefined), undefined);
  for (const text of ["", "URL", "value"]) {
    assert.throws(() => parseEncodingType(text), { message: "Invalid Encoding Method specified in Request" });
  }
});

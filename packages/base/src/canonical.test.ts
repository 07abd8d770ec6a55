import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodePairs, encodeSequence } from "./canonical.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test("a sequence is lengths and bytes", () => {
  assert.deepEqual(encodeSequence(["a", "", Uint8Array.of(1, 2)]), hex("00000001 61 00000000 00000002 0102"));
  assert.deepEqual(encodeSequence(["é"]), hex("00000002 c3a9"));
});

test('[L-28] {"a":"bc"} and {"ab":"c"} have different bytes, in either order [L-29]', () => {
  assert.notDeepEqual(encodePairs({ a: "bc" }), encodePairs({ ab: "c" }));
  assert.deepEqual(encodePairs({ b: "2", a: "1" }), encodePairs({ a: "1", b: "2" }));
  assert.notDeepEqual(encodePairs({ a: "" }), encodePairs({ b: "x" }));
});

test("names sort by UTF-8 bytes, also where UTF-16 code units would not", () => {
  const astral = "\u{1F600}";
  const high = "\uFFFD";
  assert.ok(astral < high);
  assert.deepEqual(encodePairs({ [astral]: "1", [high]: "2" }), encodeSequence([high, "2", astral, "1"]));
});

test("different pairs never share bytes", () => {
  const pairs = fc.dictionary(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.string({ unit: "binary", maxLength: 4 }),
    {
      maxKeys: 3,
    },
  );
  fc.assert(
    fc.property(pairs, pairs, (a, b) => {
      const same = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
      assert.equal(encodePairs(a).equals(encodePairs(b)), same);
    }),
  );
});

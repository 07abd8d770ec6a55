import assert from "node:assert/strict";
import { test } from "node:test";
import { encodePairs } from "@strongroom/base";
import fc from "fast-check";
import { encodeContext, type StoredObjectName, storedObjectContext } from "./encryption-context.ts";

const contexts = fc.dictionary(
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.string({ unit: "binary", maxLength: 4 }),
  { minKeys: 1, maxKeys: 4, noNullPrototype: true },
);
const canonical = (context: Record<string, string>): string =>
  JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));

test("[L-27] [L-28] two contexts have the same bytes only when they have the same pairs", () => {
  fc.assert(
    fc.property(contexts, contexts, (a, b) => {
      return encodeContext(a).equals(encodeContext(b)) === (canonical(a) === canonical(b));
    }),
  );
  const encoded = [
    { a: "" },
    { b: "" },
    { a: "bc" },
    { ab: "c" },
    { abc: "" },
    { a: "b", c: "" },
    { a: "", b: "c" },
    { a: "b", c: "d" },
    { a: "d", c: "b" },
  ].map((context) => encodeContext(context).toString("hex"));
  assert.equal(new Set(encoded).size, encoded.length);
});

test("[§6] [L-29] pairs are ordered by the bytes of their names, however they were put together", () => {
  fc.assert(
    fc.property(contexts, (context) => {
      const reversed = Object.fromEntries(Object.entries(context).reverse());
      return encodeContext(context).equals(encodeContext(reversed));
    }),
  );
  // U+FFFF comes before U+10000 in UTF-8 and after it in UTF-16.
  const bytes = encodeContext({ "\u{10000}": "", "\uffff": "" }).toString("hex");
  assert.equal(bytes, "00000003efbfbf0000000000000004f0908080" + "00000000");
});

test("[R-18] [L-24] an empty context binds nothing and is refused", () => {
  assert.throws(() => encodeContext({}), { code: "InvalidContext" });
});

test("[R-18] [L-30] text that is not well-formed Unicode would collide in UTF-8 and is refused", () => {
  assert.ok(encodePairs({ a: "\ud800" }).equals(encodePairs({ a: "\udfff" })));
  assert.throws(() => encodeContext({ a: "\ud800" }), { code: "InvalidContext" });
  assert.throws(() => encodeContext({ "\udfff": "a" }), { code: "InvalidContext" });
});

test("[L-20] [L-21] [L-32] each part of a stored object's name changes the context", () => {
  const name: StoredObjectName = {
    scheme: "sse-s3",
    bucket: "vault",
    objectKey: "a",
    uid: "1",
    kmsKeyId: "",
    partNumber: 0,
  };
  const variants: StoredObjectName[] = [
    name,
    { ...name, scheme: "sse-kms" },
    { ...name, bucket: "vault2" },
    { ...name, objectKey: "b" },
    { ...name, uid: "2" },
    { ...name, kmsKeyId: "k" },
    { ...name, partNumber: 1 },
    { ...name, bucket: "vaul", objectKey: "ta" },
  ];
  const encoded = variants.map((variant) => encodeContext(storedObjectContext(variant)).toString("hex"));
  assert.equal(new Set(encoded).size, variants.length);
});

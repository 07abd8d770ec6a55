import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newUid, nextOrder, parseId, printId } from "./version-id.ts";

const tail = fc.record({
  order: fc.maxSafeNat(),
  uid: fc.uint8Array({ minLength: 14, maxLength: 14 }).map((bytes) => Buffer.from(bytes).toString("hex")),
});

test("ids are 32 letters, digits, dots and underscores, and are read back", () => {
  fc.assert(
    fc.property(tail, (made) => {
      const id = printId(made);
      assert.match(id, /^[A-Za-z0-9._]{32}$/);
      assert.deepEqual(parseId(id), { ...made });
    }),
  );
});

test("a changed id, and any other text, is no id", () => {
  const id = printId({ order: nextOrder(Date.UTC(2026, 0, 1), 0), uid: newUid() });
  for (const bad of [
    "",
    "null",
    `${id.slice(0, -4)}ABCD`,
    `${id}A`,
    id.replaceAll(/[a-z]/g, "é"),
    "-".repeat(32),
  ]) {
    assert.equal(parseId(bad), null, bad);
  }
  fc.assert(fc.property(fc.string({ maxLength: 40 }), (text) => assert.equal(parseId(text), null)));
});

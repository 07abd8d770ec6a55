import assert from "node:assert/strict";
import { test } from "node:test";
import { xxhash64 } from "./xxhash64.ts";

// The algorithm's published test values, seed 0.
test("XXH64 of short texts", () => {
  const values: Readonly<Record<string, bigint>> = {
    "": 0xef46db3751d8e999n,
    a: 0xd24ec4f1a98c6e5bn,
    abc: 0x44bc2cf5ad770999n,
  };
  for (const [text, value] of Object.entries(values)) assert.equal(xxhash64(Buffer.from(text)), value);
});

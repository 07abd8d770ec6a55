import assert from "node:assert/strict";
import { test } from "node:test";
import { PolicyCache } from "./policy-cache.ts";
import { PolicyError } from "./policy-error.ts";
import { policyText } from "./policy-fixture.ts";

const text = (sid: string): string => policyText({ Sid: sid });

test("equal texts share one compiled policy, different kinds do not", () => {
  const cache = new PolicyCache();
  const first = cache.parse(text("a"), { kind: "identity" });
  assert.equal(cache.parse(text("a"), { kind: "identity" }), first);
  assert.notEqual(cache.parse(text("b"), { kind: "identity" }), first);
  assert.notEqual(cache.parse(text("a"), { kind: "session" }), first);
});

test("the least recently used go first", () => {
  const size = Buffer.byteLength(text("a"));
  const cache = new PolicyCache(2 * size);
  const options = { kind: "identity" } as const;
  const a = cache.parse(text("a"), options);
  const b = cache.parse(text("b"), options);
  assert.equal(cache.parse(text("a"), options), a);
  cache.parse(text("c"), options);
  assert.equal(cache.parse(text("a"), options), a);
  assert.notEqual(cache.parse(text("b"), options), b);
});

test("limits hold for a text that is known under wider ones, and refusals are not kept", () => {
  const cache = new PolicyCache();
  cache.parse(text("a"), { kind: "identity" });
  for (let round = 0; round < 2; round += 1) {
    assert.throws(() => cache.parse(text("a"), { kind: "identity", limits: { maxSize: 8 } }), PolicyError);
    assert.throws(() => cache.parse("{}", { kind: "identity" }), PolicyError);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rate } from "./rate.ts";

test("work beyond the rate waits as long as it is ahead; what was not used is saved up for one second at most", () => {
  let nowMs = 1_000;
  const rate = new Rate(1_000_000, () => nowMs);
  assert.equal(rate.owe(100_000), 100);
  assert.equal(rate.owe(100_000), 200);
  nowMs += 200;
  assert.equal(rate.owe(1_000), 1);
  nowMs += 60_000;
  assert.equal(rate.owe(900_000), 0);
  assert.equal(rate.owe(1_100_000), 1_000);
});

test("0 is no limit", () => {
  assert.equal(new Rate(0, () => 0).owe(1e12), 0);
});

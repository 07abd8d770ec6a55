import assert from "node:assert/strict";
import { test } from "node:test";
import { compareEngines } from "./policy-oracle/compare-engines.ts";

test("the engine agrees with an independent one on the first generated cases", async () => {
  const { agreed, verdicts, unexplained } = await compareEngines(500, 1);
  assert.equal(unexplained.length, 0, JSON.stringify(unexplained, null, 2));
  assert.ok(agreed >= 500);
  assert.equal(verdicts.size, 3);
});

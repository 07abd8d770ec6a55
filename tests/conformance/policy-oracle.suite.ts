// Asks this engine and an independent one the same generated questions: `npm run suite:policy-oracle -w tests`.
// STRONGROOM_ORACLE_CASES and STRONGROOM_ORACLE_SEED ask more, or others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareEngines } from "./policy-oracle/compare-engines.ts";

const CASES = Number(process.env["STRONGROOM_ORACLE_CASES"] ?? 100_000);
const SEED = Number(process.env["STRONGROOM_ORACLE_SEED"] ?? 20_261_125);

test(`the engine agrees with an independent one on ${CASES} generated cases`, async (context) => {
  const { agreed, verdicts, documented, unexplained } = await compareEngines(CASES, SEED);
  context.diagnostic(`seed ${SEED}: ${agreed} agree: ${JSON.stringify(Object.fromEntries(verdicts))}`);
  for (const [why, times] of documented) context.diagnostic(`${times} differ as documented: ${why}`);
  assert.equal(unexplained.length, 0, JSON.stringify(unexplained, null, 2));
  assert.ok(agreed >= CASES);
  assert.equal(verdicts.size, 3, "all three verdicts came up");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { RewrapCrashRun } from "./rewrap-crash-run.ts";

const kills = Number(process.env["STRONGROOM_REWRAP_KILLS"] ?? 5);
const seed = process.env["STRONGROOM_CRASH_SEED"] ?? String(Date.now());

test(`[L-131] [L-132] ${kills} times kill -9 during re-wrap, rotation, destruction and key deletion: nothing unreadable, the work resumes, the proof verifies`, async () => {
  const print = (line: string): void => console.log(line);
  print(`seed ${seed}`);
  const run = await RewrapCrashRun.start({ kills, seed, print });
  try {
    await run.run();
  } finally {
    await run.close();
  }
  assert.deepEqual(run.problems, []);
  // In a few kills on a busy machine the operator may come to none of the rest; the end proves and destroys in any case.
  const rest = kills < 20 ? [] : ["proven", "destroyed", "moved", "deleted"];
  run.tally.conclude(print, ["versions read back", "rotated", "proofs verified", ...rest]);
});

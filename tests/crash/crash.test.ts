import assert from "node:assert/strict";
import { test } from "node:test";
import { runCrashes } from "./crash-run.ts";

const kills = Number(process.env["STRONGROOM_CRASH_KILLS"] ?? 5);
const seed = String(Date.now());

test(`[L-132] ${kills} kills under load: acknowledged writes stay, none is half`, async () => {
  const print = (line: string): void => console.log(line);
  print(`seed ${seed}`);
  const { tally, problems } = await runCrashes({ kills, seed, print, awaitsSweep: false });
  tally.conclude(print, ["keys read back", "versions read back", "listed keys"]);
  assert.deepEqual(problems, []);
});

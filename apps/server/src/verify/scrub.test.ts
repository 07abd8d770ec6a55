import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { createLog } from "../log.ts";
import { Scrub } from "./scrub.ts";
import { ScrubMetrics } from "./scrub-metrics.ts";
import { findScrub, type ScrubRun, storeScrub } from "./scrub-record.ts";
import { newPass } from "./verify-pass.ts";

const DAY_MS = 86_400_000;

/** Looks once and says how many passes were completed. */
async function look(clock: ManualClock, kept: Partial<ScrubRun>): Promise<number> {
  const records = new MemoryRecordStore();
  const run = { ...newPass(clock.nowMs()), passes: 0, owner: "", leaseUntilMs: 0, ...kept };
  await storeScrub(records, run, null);
  const scrub = new Scrub({
    passOf: () => ({ step: async (progress) => ({ ...progress, finishedMs: clock.nowMs() }) }),
    rate: { take: async () => {} },
    records,
    clock,
    days: 7,
    log: createLog("error", { write: () => {} }),
    metrics: new ScrubMetrics(),
  });
  scrub.look();
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  await scrub.stop();
  return (await findScrub(records))?.run.passes ?? -1;
}

test("a pass whose process is gone is taken up at once, whatever the clock said when it took the lease", async () => {
  const clock = new ManualClock(Date.UTC(2026, 4, 1));
  const leaseUntilMs = clock.nowMs() + 365 * DAY_MS;
  // No process has a number beyond 2^22.
  assert.equal(await look(clock, { owner: "99999999:1 gone", leaseUntilMs }), 1);
  assert.equal(await look(clock, { owner: `${process.pid}: somebody here`, leaseUntilMs }), 0);
});

test("a pass begins when the days are over, and when the last one began in what is the future by now", async () => {
  const clock = new ManualClock(Date.UTC(2026, 4, 1));
  const at = (days: number) => ({ startedMs: clock.nowMs() + days * DAY_MS, finishedMs: clock.nowMs() });
  assert.equal(await look(clock, at(-6)), 0);
  assert.equal(await look(clock, at(-7)), 1);
  assert.equal(await look(clock, at(300)), 1);
});

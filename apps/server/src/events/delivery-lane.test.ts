import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@strongroom/base";
import type { ObjectEvent, OutboxEntry } from "@strongroom/store";
import { createLog } from "../log.ts";
import { AGE_LIMIT_MS, DeliveryLane, type LaneOptions, QUEUE_LIMIT } from "./delivery-lane.ts";
import type { CallOutcome } from "./webhook-call.ts";

const HOUR_MS = 3600_000;

/** An outbox in memory, the oldest first. */
class Waiting {
  entries: OutboxEntry[] = [];
  removals = 0;

  add(count: number, atMs: number): void {
    const key = Buffer.alloc(0);
    for (let at = 0; at < count; at++) this.entries.push({ key, event: { ...EVENT, atMs } });
  }

  async list(_: string, limit: number): Promise<readonly OutboxEntry[]> {
    return this.entries.slice(0, limit);
  }

  async count(_: string, most: number): Promise<number> {
    return Math.min(most, this.entries.length);
  }

  async remove(entries: readonly Pick<OutboxEntry, "key">[]): Promise<void> {
    this.removals += 1;
    this.entries = this.entries.slice(entries.length);
  }
}

const EVENT: ObjectEvent = {
  what: "object",
  name: "ObjectCreated:Put",
  configurationId: "rule",
  bucket: "b",
  bucketOwnerId: "owner",
  objectKey: "key",
  versionId: null,
  sizeBytes: 1,
  etag: "e",
  order: 1,
  atMs: 0,
  origin: { principalId: "p", sourceIp: "::1", requestId: "r", hostId: "h" },
};

function bench(outcome: () => CallOutcome) {
  const clock = new ManualClock(Date.parse("2026-05-01T12:00:00Z"));
  const outbox = new Waiting();
  const lost = { count: 0 };
  const options: LaneOptions = {
    webhook: { name: "hook", url: "https://localhost/", tokenFile: null, secretFile: null },
    outbox,
    call: async () => outcome(),
    metrics: {
      countDelivered: () => {},
      countFailure: () => {},
      countDeadLetters: (_, events) => {
        lost.count += events;
      },
    },
    region: "r",
    clock,
    log: createLog("error", { write: () => {} }),
    signal: new AbortController().signal,
  };
  return { clock, outbox, lost, lane: new DeliveryLane(options) };
}

test("no more than the limit wait for a webhook that is gone, however many came since the last look", async () => {
  const { clock, outbox, lost, lane } = bench(() => ({ kind: "failed", reason: "ECONNREFUSED" }));
  const count = QUEUE_LIMIT * 3 + 1;
  outbox.add(count, clock.nowMs());
  assert.equal(await lane.work(), false);
  assert.equal(outbox.entries.length, QUEUE_LIMIT);
  assert.equal(lost.count, count - QUEUE_LIMIT);
});

test("what is too old is given up by the thousand, also while deliveries fail", async () => {
  const { clock, outbox, lost, lane } = bench(() => ({ kind: "failed", reason: "ECONNREFUSED" }));
  outbox.add(5_000, clock.nowMs());
  await lane.work();
  clock.advance(AGE_LIMIT_MS + HOUR_MS);
  outbox.add(3, clock.nowMs());
  assert.equal(await lane.work(), false);
  assert.equal(lost.count, 5_000);
  assert.equal(outbox.entries.length, 3);
  assert.ok(outbox.removals < 10, `${outbox.removals} commits`);
});

test("a clock that was ahead and is put right makes no pause that lasts until then", async () => {
  const { clock, outbox, lane } = bench(() => ({ kind: "failed", reason: "ECONNREFUSED" }));
  outbox.add(1, clock.nowMs());
  await lane.work();
  assert.equal(lane.isPausing, true);
  clock.advance(-HOUR_MS);
  assert.equal(lane.isPausing, false);
});

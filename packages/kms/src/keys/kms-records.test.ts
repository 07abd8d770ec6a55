import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MemoryRecordStore, type RecordChange, type RecordCheck } from "@strongroom/base";
import { KmsRecords } from "./kms-records.ts";

/** Reads and commits take as long as they do on a disk that is shared with other processes. */
class SlowRecords extends MemoryRecordStore {
  override async find(key: Uint8Array) {
    await sleep(1);
    return super.find(key);
  }

  override async commit(changes: readonly RecordChange[], checks: readonly RecordCheck[]): Promise<boolean> {
    await sleep(4);
    return super.commit(changes, checks);
  }
}

test("a hundred writers of one record in two processes all get their turn", async () => {
  const store = new SlowRecords();
  const processes = [new KmsRecords(store), new KmsRecords(store)];
  const key = Buffer.from("counter");
  const countUp = (records: KmsRecords): Promise<number> =>
    records.retry(async () => {
      const found = await records.store.find(key);
      const next = (found === null ? 0 : Buffer.from(found.value).readUInt32BE()) + 1;
      const value = Buffer.alloc(4);
      value.writeUInt32BE(next);
      const isDone = await records.commit([{ key, value }], [{ key, revision: found?.revision ?? null }]);
      return isDone ? { done: next } : null;
    });
  const counts = await Promise.all(
    processes.flatMap((records) => Array.from({ length: 50 }, () => countUp(records))),
  );
  assert.deepEqual(
    counts.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
});

import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import { INVENTORY_DOCUMENT, type InventoryConfiguration } from "@strongroom/s3";
import {
  createObjectStore,
  DEFAULT_LIMITS,
  Encryptor,
  type Engine,
  MemoryBlobStore,
  MemoryIndex,
} from "@strongroom/store";
import { InventoryJob } from "./inventory-job.ts";

const INVENTORY: InventoryConfiguration = {
  ...{ id: "all", isEnabled: true, prefix: "", versions: "Current", frequency: "Daily", fields: ["Size"] },
  destination: { bucket: "b", accountId: null, prefix: "to", namesEncryption: false },
};

test("a bucket whose inventories cannot be read stops those of no other", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  const key = createSecretKey(randomBytes(32));
  const master = { current: () => ({ version: 1, key }), find: () => key, refresh: async () => {} };
  const masterKeyring = new MasterKeyring(master);
  const engine: Engine = {
    ...{ index: new MemoryIndex(), blobs: new MemoryBlobStore(), clock, limits: DEFAULT_LIMITS },
    encryptor: new Encryptor({ masterKeyring, keyService: null, clock }),
    later: (work) => void work(),
  };
  const store = createObjectStore(engine);
  for (const bucket of ["a", "b"]) await store.createBucket({ bucket, ownerId: "owner", region: "r" });
  await store.setBucketConfiguration("a", INVENTORY_DOCUMENT, '{"format":9}');
  await store.setBucketConfiguration(
    "b",
    INVENTORY_DOCUMENT,
    JSON.stringify({ format: 1, inventories: [INVENTORY] }),
  );
  const errors: unknown[] = [];
  const rows: number[] = [];
  const job = new InventoryJob({
    ...{ store, records: new MemoryRecordStore(), clock, dayMs: 86_400_000 },
    delivered: (count) => rows.push(count),
    failed: (error) => errors.push(error),
  });
  await job.work(() => false);
  assert.deepEqual([errors.length, rows], [1, [0]]);
});

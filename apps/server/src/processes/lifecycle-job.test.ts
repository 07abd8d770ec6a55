import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import {
  createObjectStore,
  DEFAULT_LIMITS,
  Encryptor,
  type Engine,
  LIFECYCLE_DOCUMENT,
  type LifecycleCounts,
  type LifecycleRule,
  MemoryBlobStore,
  MemoryIndex,
  type ObjectStore,
  printStoredLifecycle,
} from "@strongroom/store";
import { findLifecycleRun, storeLifecycleRun } from "../storage/lifecycle-record.ts";
import { LifecycleJob, type LifecycleJobOptions } from "./lifecycle-job.ts";

const DAY_MS = 86_400_000;
const EXPIRE_AFTER_A_DAY: LifecycleRule = {
  id: "rule",
  isEnabled: true,
  form: "filter",
  conditions: { prefix: "", tags: [], sizeGreaterThan: null, sizeLessThan: null },
  expiration: { days: 1 },
  noncurrentExpiration: null,
  abortUploadsAfterDays: null,
  transitions: [],
  noncurrentTransitions: [],
};

interface Bench {
  readonly store: ObjectStore;
  readonly clock: ManualClock;
  readonly records: MemoryRecordStore;
  readonly reports: { readonly bucket: string; readonly counts: LifecycleCounts }[];
  readonly errors: unknown[];
  job(changes?: Partial<LifecycleJobOptions>): LifecycleJob;
  rule(bucket: string, rule?: Partial<LifecycleRule>): Promise<void>;
  put(bucket: string, objectKey: string): Promise<void>;
  looked(): number;
}

function open(): Bench {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  const key = createSecretKey(randomBytes(32));
  const master = { current: () => ({ version: 1, key }), find: () => key, refresh: async () => {} };
  const masterKeyring = new MasterKeyring(master);
  const engine: Engine = {
    index: new MemoryIndex(),
    blobs: new MemoryBlobStore(),
    clock,
    limits: DEFAULT_LIMITS,
    encryptor: new Encryptor({ masterKeyring, keyService: null, clock }),
    later: (work) => void work(),
  };
  const store = createObjectStore(engine);
  const records = new MemoryRecordStore();
  const reports: Bench["reports"] = [];
  const errors: unknown[] = [];
  const options: LifecycleJobOptions = {
    store,
    records,
    clock,
    dayMs: DAY_MS,
    ready: async () => {},
    report: async ({ name }, counts) => void reports.push({ bucket: name, counts }),
    failed: (error) => errors.push(error),
  };
  return {
    store,
    clock,
    records,
    reports,
    errors,
    job: (changes = {}) => new LifecycleJob({ ...options, ...changes }),
    rule: (bucket, rule = {}) =>
      store.setBucketConfiguration(
        bucket,
        LIFECYCLE_DOCUMENT,
        printStoredLifecycle({ rules: [{ ...EXPIRE_AFTER_A_DAY, ...rule }], minimumObjectSize: "" }),
      ),
    put: async (bucket, objectKey) => {
      await store.putObject({
        bucket,
        objectKey,
        ownerId: "owner",
        headers: {},
        userMetadata: {},
        tags: {},
        storageClass: "STANDARD",
        body: (async function* () {})(),
        integrity: {},
        conditions: {},
        plan: { scheme: "sse-s3" },
      });
    },
    looked: () => reports.reduce((sum, { counts }) => sum + counts.looked, 0),
  };
}

const always = (): boolean => false;

async function withBuckets(bench: Bench, ...names: readonly string[]): Promise<void> {
  for (const bucket of names) {
    await bench.store.createBucket({ bucket, ownerId: `owner-of-${bucket}`, region: "r" });
    await bench.rule(bucket);
    await bench.put(bucket, "k");
  }
}

test("every bucket with rules has one pass a day, and another one when its rules change", async () => {
  const bench = open();
  await withBuckets(bench, "one", "two");
  await bench.store.createBucket({ bucket: "bare", ownerId: "owner", region: "r" });
  await bench.put("bare", "k");
  const job = bench.job();
  await job.work(always);
  assert.equal(bench.looked(), 2);
  await job.work(always);
  assert.equal(bench.looked(), 2);
  await bench.rule("one", { id: "other" });
  await job.work(always);
  assert.equal(bench.looked(), 3);
  bench.clock.advance(2 * DAY_MS);
  await job.work(always);
  assert.equal(bench.looked(), 5);
  for (const bucket of ["one", "two"])
    await assert.rejects(bench.store.readVersion({ bucket, objectKey: "k" }), { code: "NoSuchKey" });
  await bench.store.readVersion({ bucket: "bare", objectKey: "k" });
});

test("a pass that was stopped goes on where it was, in another process too", async () => {
  const bench = open();
  await withBuckets(bench, "big");
  for (let at = 0; at < 600; at++) await bench.put("big", `k${at}`);
  bench.clock.advance(2 * DAY_MS);
  let steps = 0;
  await bench.job().work(() => steps++ > 2);
  const atStop = bench.looked();
  assert.ok(atStop > 0 && atStop < 601, `${atStop}`);
  await bench.job().work(always);
  assert.equal(bench.looked(), 601);
  assert.equal(
    bench.reports.reduce((sum, { counts }) => sum + counts.expired, 0),
    601,
  );
});

test("who holds the lease works alone; one that died is followed after its time", async () => {
  const bench = open();
  await withBuckets(bench, "b");
  bench.clock.advance(2 * DAY_MS);
  const dying = bench.job({ report: () => Promise.reject(new Error("died")) });
  await dying.work(always);
  assert.equal(bench.errors.length, 1);
  const other = bench.job();
  await other.work(always);
  assert.equal(bench.looked(), 0);
  bench.clock.advance(61_000);
  await other.work(always);
  assert.equal((await findLifecycleRun(bench.records, "b"))?.run.finishedMs, bench.clock.nowMs());
});

test("a lease of a process that is gone is none, even one from a clock that was ahead", async () => {
  const bench = open();
  await withBuckets(bench, "b");
  bench.clock.advance(365 * DAY_MS);
  await bench.job({ report: () => Promise.reject(new Error("died")) }).work(always);
  const found = await findLifecycleRun(bench.records, "b");
  assert.ok(found !== null && found.run.leaseUntilMs > bench.clock.nowMs());
  bench.clock.advance(-363 * DAY_MS);
  // No process has a number beyond 2^22.
  await storeLifecycleRun(bench.records, { ...found.run, owner: "99999999:1 gone" }, found.revision);
  await bench.job().work(always);
  assert.equal((await findLifecycleRun(bench.records, "b"))?.run.finishedMs, bench.clock.nowMs());
});

test("what a step removed is told of although something else in it fails, and nothing is removed behind its back", async () => {
  const bench = open();
  await withBuckets(bench, "b");
  for (let at = 0; at < 60; at++) await bench.put("b", `k${at}`);
  bench.clock.advance(2 * DAY_MS);
  const count = async (): Promise<number> => {
    const input = { bucket: "b", prefix: "", delimiter: "", keyMarker: "", versionIdMarker: "" };
    return (await bench.store.listObjectVersions({ ...input, limit: 1_000 })).versions.length;
  };
  const failing: ObjectStore = {
    ...bench.store,
    deleteObject: async (input) => {
      if (input.objectKey === "k30") throw new Error("the record is damaged");
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      return bench.store.deleteObject(input);
    },
  };
  await bench.job({ store: failing }).work(always);
  assert.equal(bench.errors.length, 1);
  const left = await count();
  assert.ok(left > 1 && left < 61, `${left}`);
  assert.equal(
    bench.reports.reduce((sum, { counts }) => sum + counts.expired, 0),
    61 - left,
  );
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  assert.equal(await count(), left);
  bench.clock.advance(61_000);
  await bench.job().work(always);
  assert.equal(await count(), 0);
});

test("while nothing can be recorded nothing is removed", async () => {
  const bench = open();
  await withBuckets(bench, "b");
  bench.clock.advance(2 * DAY_MS);
  await bench.job({ ready: () => Promise.reject(new Error("the trail is full")) }).work(always);
  await bench.store.readVersion({ bucket: "b", objectKey: "k" });
  assert.equal(bench.errors.length, 1);
});

test("a bucket that fails stops no others, and what is kept of one that is gone goes too", async () => {
  const bench = open();
  await withBuckets(bench, "a", "b");
  await bench.store.setBucketConfiguration("a", LIFECYCLE_DOCUMENT, '{"format":9}');
  const job = bench.job();
  await job.work(always);
  assert.equal(bench.errors.length, 1);
  assert.notEqual(await findLifecycleRun(bench.records, "b"), null);
  await bench.store.setBucketConfiguration("b", LIFECYCLE_DOCUMENT, null);
  await bench.store.setBucketConfiguration("a", LIFECYCLE_DOCUMENT, null);
  await job.work(always);
  assert.equal(await findLifecycleRun(bench.records, "b"), null);
});

test("a bucket of the same name is another bucket", async () => {
  const bench = open();
  await withBuckets(bench, "b");
  await bench.job().work(always);
  await bench.store.deleteObject({ bucket: "b", objectKey: "k", ownerId: "owner" });
  await bench.store.deleteBucket("b");
  bench.clock.advance(1);
  await withBuckets(bench, "b");
  await bench.job().work(always);
  assert.equal(bench.looked(), 2);
});

import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { ManualClock, type RecordStore, SecretBytes, ServiceError } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import {
  createObjectStore,
  DEFAULT_LIMITS,
  Encryptor,
  type Engine,
  FIRST_REENCRYPTION_CURSOR,
  KeyServiceError,
  MemoryBlobStore,
  MemoryIndex,
  type ObjectStore,
} from "@strongroom/store";
import { IndexRecords } from "../storage/index-records.ts";
import { MAX_NAMED, sumOf } from "./job-progress.ts";
import { findJob, type Job, listMarks, readReport, storeJob } from "./job-record.ts";
import { JobRunner, type JobRunnerOptions } from "./job-runner.ts";

const KEY = "arn:aws:kms:us-east-1:111111111111:key/new";
const ID = "00112233aabbccdd";

interface Bench {
  readonly store: ObjectStore;
  readonly records: RecordStore;
  readonly clock: ManualClock;
  readonly ended: string[];
  readonly errors: unknown[];
  /** Asked before each use of a key; throws to refuse. */
  allow: () => void;
  runner(changes?: Partial<JobRunnerOptions>): JobRunner;
  put(count: number, prefix?: string): Promise<void>;
  ask(changes?: Partial<Job>): Promise<void>;
  job(id?: string): Promise<Job>;
  schemes(): Promise<Record<string, number>>;
}

async function open(): Promise<Bench> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  const key = createSecretKey(randomBytes(32));
  const master = { current: () => ({ version: 1, key }), find: () => key, refresh: async () => {} };
  const masterKeyring = new MasterKeyring(master);
  const given = new Map<string, Buffer>();
  const index = new MemoryIndex();
  const keyService = {
    generation: async () => "1",
    async generateDataKey({ keyId }: { readonly keyId: string }) {
      bench.allow();
      const [plaintext, wrappedKey] = [randomBytes(32), randomBytes(64)];
      given.set(wrappedKey.toString("hex"), Buffer.from(plaintext));
      return { keyArn: keyId, plaintext: new SecretBytes(plaintext), wrappedKey };
    },
    async decrypt({ wrappedKey }: { readonly wrappedKey: Uint8Array }) {
      bench.allow();
      const found = given.get(Buffer.from(wrappedKey).toString("hex"));
      if (found === undefined) throw new KeyServiceError("InvalidCiphertextException", "integrity", "");
      return new SecretBytes(Buffer.from(found));
    },
  };
  const engine: Engine = {
    index,
    blobs: new MemoryBlobStore(),
    clock,
    limits: DEFAULT_LIMITS,
    encryptor: new Encryptor({ masterKeyring, keyService, clock }),
    later: (work) => void work(),
  };
  const store = createObjectStore(engine);
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  const records = new IndexRecords(index);
  const options: JobRunnerOptions = {
    engine,
    records,
    clock,
    keysOf: ({ id }) => ({ requester: { name: id }, customerKey: null }),
    ready: async () => {},
    stepped: async () => {},
    ended: async ({ id, state }) => void bench.ended.push(`${id} ${state}`),
    failed: (error) => void bench.errors.push(error),
  };
  const bench: Bench = {
    ...{ store, records, clock, ended: [], errors: [], allow: () => {} },
    runner: (changes = {}) => new JobRunner({ ...options, ...changes }),
    put: async (count, prefix = "k") => {
      for (let at = 0; at < count; at++) {
        await store.putObject({
          ...{ bucket: "b", objectKey: `${prefix}${at}`, ownerId: "owner", storageClass: "STANDARD" },
          ...{ headers: {}, userMetadata: {}, tags: {}, integrity: {}, conditions: {} },
          body: (async function* () {
            yield Buffer.from("body");
          })(),
          plan: { scheme: "sse-s3" },
        });
      }
    },
    ask: async (changes = {}) => {
      const job: Job = {
        ...{ id: ID, kind: "re-encrypt", bucket: "b", ownerId: "owner", accountId: "111111111111" },
        match: { prefix: "", scheme: null, keyArn: null, createdBeforeMs: null, versions: "all" },
        target: { scheme: "sse-kms", keyId: KEY, context: {}, bucketKey: false },
        ...{ state: "active", reason: null, createdMs: clock.nowMs(), finishedMs: null },
        cursor: FIRST_REENCRYPTION_CURSOR,
        ...{ total: 0, done: 0, skipped: {}, failed: {}, lastFailure: null },
        ...{ pages: 0, named: { skipped: 0, failed: 0 }, owner: "", leaseUntilMs: 0 },
        ...changes,
      };
      assert.ok(await storeJob(records, job, null));
    },
    job: async (id = ID) => {
      const found = await findJob(records, id);
      assert.ok(found !== null);
      return found.job;
    },
    schemes: async () => {
      const input = { bucket: "b", prefix: "", delimiter: "", keyMarker: "", versionIdMarker: "" };
      const { versions } = await store.listObjectVersions({ ...input, limit: 10_000 });
      const counts: Record<string, number> = {};
      for (const each of versions) {
        if (each.kind !== "version") continue;
        const { scheme } = each.encryption;
        counts[scheme] = (counts[scheme] ?? 0) + 1;
      }
      return counts;
    },
  };
  return bench;
}

const never = (): boolean => false;

test("a job counts, changes everything, ends, and leaves no marks", async () => {
  const bench = await open();
  await bench.put(210);
  await bench.ask();
  await bench.runner().work(never);
  const { state, total, done, finishedMs, skipped, failed, pages } = await bench.job();
  assert.deepEqual(
    { state, total, done, skipped, failed, pages },
    { state: "complete", total: 210, done: 210, skipped: {}, failed: {}, pages: 0 },
  );
  assert.equal(finishedMs, bench.clock.nowMs());
  assert.deepEqual(await bench.schemes(), { "sse-kms": 210 });
  assert.deepEqual(await listMarks(bench.records, ID), []);
  assert.deepEqual([bench.ended, bench.errors], [[`${ID} complete`], []]);
});

test("a step that was carried out and not recorded is counted once by whoever takes the job up", async () => {
  const bench = await open();
  await bench.put(150);
  await bench.ask();
  // Dies between the changes and the record of them, again and again.
  let deaths = 0;
  const dying = bench.runner({
    stepped: async (_job, { changed }) => {
      if (changed === 0) return;
      deaths++;
      throw new Error("killed");
    },
  });
  await dying.work(never);
  assert.equal(deaths, 1);
  assert.equal((await bench.job()).done, 0);
  assert.deepEqual(await bench.schemes(), { "sse-kms": 96, "sse-s3": 54 });
  assert.equal((await listMarks(bench.records, ID)).length, 96);
  // The lease of a process that lives is not taken before it ends.
  const other = bench.runner();
  await other.work(never);
  assert.equal((await bench.job()).state, "active");
  bench.clock.advance(31_000);
  await other.work(never);
  const { state, done, skipped } = await bench.job();
  assert.deepEqual({ state, done, skipped }, { state: "complete", done: 150, skipped: {} });
  assert.deepEqual(await listMarks(bench.records, ID), []);
});

test("paused under way it rests after its step, goes on where it was, and cancelled it ends", async () => {
  const bench = await open();
  await bench.put(300);
  await bench.ask();
  const setState = async (state: Job["state"]): Promise<void> => {
    const found = await findJob(bench.records, ID);
    assert.ok(found !== null);
    assert.ok(await storeJob(bench.records, { ...found.job, state }, found.revision));
  };
  let next: Job["state"] | null = "paused";
  const runner = bench.runner({
    stepped: async (_job, { changed }) => {
      if (changed === 0 || next === null) return;
      await setState(next);
      next = null;
    },
  });
  await runner.work(never);
  assert.deepEqual([(await bench.job()).state, (await bench.job()).done], ["paused", 96]);
  await runner.work(never);
  assert.equal((await bench.job()).done, 96);
  next = "cancelled";
  await setState("active");
  await runner.work(never);
  const { state, done } = await bench.job();
  assert.deepEqual([state, done], ["cancelled", 192]);
  assert.deepEqual(await bench.schemes(), { "sse-kms": 192, "sse-s3": 108 });
  assert.deepEqual(await listMarks(bench.records, ID), []);
  // Who cancelled it has told so.
  assert.deepEqual(bench.ended, []);
});

test("told to stop it lets go at once, and another process goes on", async () => {
  const bench = await open();
  await bench.put(100);
  await bench.ask();
  let isStopped = false;
  const first = bench.runner({
    stepped: async (_job, { changed }) => {
      isStopped = changed > 0;
    },
  });
  await first.work(() => isStopped);
  const { leaseUntilMs, done } = await bench.job();
  assert.equal(leaseUntilMs, 0);
  assert.ok(done > 0);
  await bench.runner().work(never);
  assert.deepEqual([(await bench.job()).state, (await bench.job()).done], ["complete", 100]);
});

test("what passes stops one job for longer and longer, and no others; nothing is changed that cannot be recorded", async () => {
  const bench = await open();
  await bench.put(3);
  await bench.ask();
  await bench.ask({ id: "ffffffffffffffff", match: { ...(await bench.job()).match, prefix: "none" } });
  bench.allow = () => {
    throw new KeyServiceError("TrailUnwritable", "unavailable", "the trail cannot be written");
  };
  const runner = bench.runner();
  await runner.work(never);
  assert.equal(bench.errors.length, 1);
  assert.deepEqual([(await bench.job()).state, (await bench.job()).done], ["active", 0]);
  assert.equal((await bench.job("ffffffffffffffff")).state, "complete");
  // It is left alone for a second, then for two.
  for (const [afterMs, errors] of [
    [999, 1],
    [1, 2],
    [1_999, 2],
    [1, 3],
  ] as const) {
    bench.clock.advance(afterMs);
    await runner.work(never);
    assert.equal(bench.errors.length, errors);
  }
  // A clock that was ahead and is put right makes no wait that lasts until then.
  bench.clock.advance(-3_600_000);
  await runner.work(never);
  assert.equal(bench.errors.length, 4);
  bench.clock.advance(3_600_000);
  bench.allow = () => {};
  const unready = bench.runner({ ready: () => Promise.reject(new Error("not now")) });
  bench.clock.advance(31_000);
  await unready.work(never);
  assert.deepEqual(await bench.schemes(), { "sse-s3": 3 });
});

test("refusals are counted and named; more than half of a thousand end the job", async () => {
  const bench = await open();
  await bench.put(1_100);
  await bench.ask();
  bench.allow = () => {
    throw new KeyServiceError("DisabledException", "state", "the key is disabled.");
  };
  await bench.runner().work(never);
  const job = await bench.job();
  assert.equal(job.state, "failed");
  assert.match(job.reason ?? "", /^TooManyFailures: \d{4} of \d{4} /);
  assert.equal(job.lastFailure, "DisabledException: the key is disabled.");
  const failed = sumOf(job.failed);
  assert.ok(failed >= 1_000 && failed < 1_100, `${failed}`);
  const left = await Array.fromAsync(readReport(bench.records, ID));
  assert.equal(left.length, failed);
  assert.deepEqual(left[0], {
    objectKey: "k0",
    versionId: "null",
    outcome: "failed",
    code: "DisabledException",
  });
  assert.deepEqual(await bench.schemes(), { "sse-s3": 1_100 });
});

test("a report names no more than its share, of each outcome", async () => {
  const bench = await open();
  await bench.put(10);
  await bench.ask({ named: { skipped: 0, failed: MAX_NAMED - 3 } });
  bench.allow = () => {
    throw new KeyServiceError("DisabledException", "state", "");
  };
  await bench.runner().work(never);
  const { named, failed } = await bench.job();
  assert.deepEqual([named.failed, sumOf(failed)], [MAX_NAMED, 10]);
  assert.equal((await Array.fromAsync(readReport(bench.records, ID))).length, 3);
});

test("a bucket that went ends the job with its reason", async () => {
  const bench = await open();
  await bench.ask({ bucket: "gone" });
  await bench.runner().work(never);
  const { state, reason } = await bench.job();
  assert.equal(state, "failed");
  assert.match(reason ?? "", /^NoSuchBucket: /);
  assert.ok(!bench.errors.some((error) => error instanceof ServiceError));
});

test("a job that ended is forgotten after 90 days, with its report", async () => {
  const bench = await open();
  await bench.put(2);
  await bench.ask();
  bench.allow = () => {
    throw new KeyServiceError("DisabledException", "state", "");
  };
  const runner = bench.runner();
  await runner.work(never);
  bench.clock.advance(90 * 86_400_000);
  await runner.work(never);
  assert.equal((await bench.job()).state, "complete");
  bench.clock.advance(1);
  await runner.work(never);
  assert.equal(await findJob(bench.records, ID), null);
  assert.deepEqual(await Array.fromAsync(readReport(bench.records, ID)), []);
});

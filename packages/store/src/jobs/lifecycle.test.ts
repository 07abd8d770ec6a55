import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attributes, createEngineFixture, type EngineFixture, putInput } from "../engine-fixture.ts";
import { ruleOf } from "../lifecycle/lifecycle-fixture.ts";
import type { LifecycleRule } from "../lifecycle/lifecycle-rule.ts";
import { LIFECYCLE_DOCUMENT, printStoredLifecycle } from "../lifecycle/stored-lifecycle.ts";
import { FIRST_LIFECYCLE_CURSOR, type LifecycleCounts, lifecycleStep } from "./lifecycle.ts";

const DAY_MS = 86_400_000;
const BUCKET = "b";

interface Bench extends EngineFixture {
  put(objectKey: string, body?: string): Promise<string>;
  rule(...rules: readonly Parameters<typeof ruleOf>[0][]): Promise<void>;
  /** A whole pass; what it did, without what it looked at. */
  pass(): Promise<Partial<LifecycleCounts>>;
  /** `key` for versions, `-key` for markers, newest first. */
  left(): Promise<string[]>;
}

async function open(versioning: "unversioned" | "enabled" | "suspended" = "enabled"): Promise<Bench> {
  const fixture = createEngineFixture();
  const { store, clock } = fixture;
  await store.createBucket({ bucket: BUCKET, ownerId: "owner", region: "r" });
  if (versioning !== "unversioned") await store.setVersioning(BUCKET, versioning);
  return {
    ...fixture,
    put: async (objectKey, body = "x") =>
      (await store.putObject(putInput(BUCKET, objectKey, body))).versionId,
    rule: (...fields) =>
      store.setBucketConfiguration(
        BUCKET,
        LIFECYCLE_DOCUMENT,
        printStoredLifecycle({ rules: fields.map((each) => ruleOf(each)), minimumObjectSize: "" }),
      ),
    pass: async () => {
      const total: Record<string, number> = {};
      const time = { nowMs: clock.nowMs(), dayMs: DAY_MS };
      let cursor: typeof FIRST_LIFECYCLE_CURSOR | null = FIRST_LIFECYCLE_CURSOR;
      while (cursor !== null) {
        const bucket = await store.requireBucket(BUCKET);
        const step = await lifecycleStep(store, bucket, JSON.parse(JSON.stringify(cursor)), time);
        for (const [name, count] of Object.entries(step.counts))
          if (count > 0 && name !== "looked") total[name] = (total[name] ?? 0) + count;
        cursor = step.next;
      }
      return total;
    },
    left: async () => {
      const input = { bucket: BUCKET, prefix: "", delimiter: "", keyMarker: "", versionIdMarker: "" };
      const { versions } = await store.listObjectVersions({ ...input, limit: 10_000 });
      return versions.map(({ kind, objectKey }) => (kind === "version" ? objectKey : `-${objectKey}`));
    },
  };
}

test("an object ends at its midnight and not before; where versions are kept it is hidden", async () => {
  for (const [versioning, after] of [
    ["unversioned", ["keep"]],
    ["enabled", ["-a/1", "a/1", "keep"]],
    ["suspended", ["-a/1", "keep"]],
  ] as const) {
    const bench = await open(versioning);
    bench.clock.advance(1);
    await bench.put("a/1");
    await bench.put("keep");
    await bench.rule({ conditions: { prefix: "a/" }, expiration: { days: 2 } });
    bench.clock.advance(3 * DAY_MS - 2);
    assert.deepEqual(await bench.pass(), {});
    bench.clock.advance(1);
    assert.deepEqual(await bench.pass(), { expired: 1 });
    assert.deepEqual(await bench.left(), after);
    assert.deepEqual(await bench.pass(), {});
  }
});

test("rules that are off, of others, or none at all end nothing", async () => {
  const bench = await open();
  await bench.put("a");
  bench.clock.advance(100 * DAY_MS);
  assert.deepEqual(await bench.pass(), {});
  await bench.rule(
    { isEnabled: false, expiration: { days: 1 } },
    { conditions: { tags: [{ name: "t", value: "" }] }, expiration: { days: 1 } },
    { transitions: [{ delay: { days: 1 }, storageClass: "GLACIER" }] },
    { expiration: { expiredMarkers: true } },
  );
  assert.deepEqual(await bench.pass(), {});
  assert.deepEqual(await bench.left(), ["a"]);
});

test("noncurrent versions end by when they were replaced, newest ones kept, markers with them", async () => {
  const bench = await open();
  for (let at = 0; at < 4; at++) {
    await bench.put("k");
    bench.clock.advance(DAY_MS);
  }
  await bench.store.deleteObject({ bucket: BUCKET, objectKey: "k", ownerId: "owner" });
  await bench.put("k");
  // Replaced on days 1, 2, 3 and 4; the marker, at once, on day 4.
  await bench.rule({ noncurrentExpiration: { noncurrentDays: 2, newerVersions: 1 } });
  assert.deepEqual(await bench.pass(), { noncurrentRemoved: 2 });
  assert.deepEqual(await bench.left(), ["k", "-k", "k", "k"]);
  bench.clock.advance(10 * DAY_MS);
  // The newest noncurrent version stays, and so does the marker: no version that stays is newer than it.
  assert.deepEqual(await bench.pass(), { noncurrentRemoved: 1 });
  await bench.rule({ noncurrentExpiration: { noncurrentDays: 2, newerVersions: null } });
  assert.deepEqual(await bench.pass(), { noncurrentRemoved: 2 });
  assert.deepEqual(await bench.left(), ["k"]);
});

test("a marker with nothing behind it goes: at once where the rule says so, else at its age", async () => {
  const bench = await open();
  const hide = (objectKey: string): Promise<unknown> =>
    bench.store.deleteObject({ bucket: BUCKET, objectKey, ownerId: "owner" });
  await hide("alone");
  await bench.put("full");
  await hide("full");
  // A key that begins with another's name is another key.
  await bench.put("alone/more");
  await bench.rule({ expiration: { days: 5 } });
  assert.deepEqual(await bench.pass(), {});
  await bench.rule({ expiration: { expiredMarkers: true } });
  assert.deepEqual(await bench.pass(), { markersRemoved: 1 });
  assert.deepEqual(await bench.left(), ["alone/more", "-full", "full"]);
  await hide("alone");
  bench.clock.advance(6 * DAY_MS);
  await bench.rule({ conditions: { prefix: "alone" }, expiration: { days: 5 } });
  assert.deepEqual(await bench.pass(), { expired: 1, markersRemoved: 1 });
});

test("what a lock protects stays, and is counted", async () => {
  const bench = await open();
  await bench.store.setObjectLock(BUCKET, { defaultRetention: null });
  const retention = { mode: "COMPLIANCE", retainUntilMs: bench.clock.nowMs() + 100 * DAY_MS } as const;
  await bench.store.putObject({ ...putInput(BUCKET, "k", "1"), retention });
  await bench.put("k");
  await bench.rule({ noncurrentExpiration: { noncurrentDays: 1, newerVersions: null } });
  bench.clock.advance(5 * DAY_MS);
  assert.deepEqual(await bench.pass(), { locked: 1 });
  assert.deepEqual(await bench.left(), ["k", "k"]);
  bench.clock.advance(100 * DAY_MS);
  assert.deepEqual(await bench.pass(), { noncurrentRemoved: 1 });
});

test("uploads that were left lying are aborted", async () => {
  const bench = await open();
  const begin = (objectKey: string): Promise<unknown> =>
    bench.store.createMultipartUpload({
      ...attributes,
      bucket: BUCKET,
      objectKey,
      ownerId: "owner",
      initiatorId: "owner",
      plan: { scheme: "sse-s3" },
      checksumAlgorithm: null,
      checksumType: null,
    });
  await begin("a/old");
  await begin("b/old");
  bench.clock.advance(2 * DAY_MS);
  await begin("a/new");
  await bench.rule({ conditions: { prefix: "a/" }, abortUploadsAfterDays: 1 });
  assert.deepEqual(await bench.pass(), { uploadsAborted: 1 });
  const page = { bucket: BUCKET, prefix: "", delimiter: "", keyMarker: "", uploadIdMarker: "", limit: 10 };
  const { uploads } = await bench.store.listMultipartUploads(page);
  assert.deepEqual(
    uploads.map(({ objectKey }) => objectKey),
    ["a/new", "b/old"],
  );
});

test("what changes between the look and the removal stays", async () => {
  const bench = await open();
  await bench.rule({
    expiration: { days: 1 },
    noncurrentExpiration: { noncurrentDays: 1, newerVersions: null },
  });
  await bench.put("overwritten", "old");
  await bench.put("revived", "1");
  await bench.store.deleteObject({ bucket: BUCKET, objectKey: "revived", ownerId: "owner" });
  bench.clock.advance(10 * DAY_MS);
  const { store } = bench;
  const { versionId: marker } = await markerOf(bench, "revived");
  // Between the listing and the first removal somebody writes anew, and takes away what hides the other key.
  const meddled = {
    ...store,
    listObjectVersions: async (input: Parameters<typeof store.listObjectVersions>[0]) => {
      const page = await store.listObjectVersions(input);
      if (input.limit === 1) return page;
      await bench.put("overwritten", "new");
      await store.deleteObject({ bucket: BUCKET, objectKey: "revived", versionId: marker, ownerId: "owner" });
      return page;
    },
  };
  const bucket = await store.requireBucket(BUCKET);
  const time = { nowMs: bench.clock.nowMs(), dayMs: DAY_MS };
  const { counts } = await lifecycleStep(meddled, bucket, FIRST_LIFECYCLE_CURSOR, time);
  assert.equal(counts.expired + counts.noncurrentRemoved, 0);
  assert.deepEqual(await bench.left(), ["overwritten", "overwritten", "revived"]);
});

async function markerOf({ store }: Bench, objectKey: string): Promise<{ versionId: string }> {
  const input = { bucket: BUCKET, prefix: objectKey, delimiter: "", keyMarker: "", versionIdMarker: "" };
  const { versions } = await store.listObjectVersions({ ...input, limit: 1 });
  assert.equal(versions[0]?.kind, "delete-marker");
  return { versionId: versions[0]?.versionId ?? "" };
}

test("many versions of one key are worked on over several pages as over one", async () => {
  const bench = await open();
  for (let at = 0; at < 600; at++) await bench.put("k");
  await bench.put("l");
  bench.clock.advance(5 * DAY_MS);
  await bench.rule({ noncurrentExpiration: { noncurrentDays: 1, newerVersions: 10 } });
  assert.deepEqual(await bench.pass(), { noncurrentRemoved: 589 });
  assert.equal((await bench.left()).length, 12);
});

test("a pass removes exactly what the rules say, of any history", async () => {
  const event = fc.record({
    objectKey: fc.constantFrom("a", "a/b", "b"),
    isDelete: fc.boolean(),
    pauseDays: fc.nat({ max: 3 }),
  });
  const noncurrent = fc.record({
    noncurrentDays: fc.integer({ min: 1, max: 4 }),
    newerVersions: fc.option(fc.nat({ max: 2 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), noncurrent, async (events, noncurrentExpiration) => {
      const bench = await open();
      for (const { objectKey, isDelete, pauseDays } of events) {
        if (isDelete) await bench.store.deleteObject({ bucket: BUCKET, objectKey, ownerId: "owner" });
        else await bench.put(objectKey);
        bench.clock.advance(pauseDays * DAY_MS);
      }
      await bench.rule({ noncurrentExpiration });
      const expected = await expectedLeft(bench, noncurrentExpiration);
      await bench.pass();
      assert.deepEqual(await bench.left(), expected);
    }),
    { numRuns: 60 },
  );
});

/** By the definition, for each version on its own. */
async function expectedLeft(
  bench: Bench,
  { noncurrentDays, newerVersions }: NonNullable<LifecycleRule["noncurrentExpiration"]>,
): Promise<string[]> {
  const input = { bucket: BUCKET, prefix: "", delimiter: "", keyMarker: "", versionIdMarker: "" };
  const { versions } = await bench.store.listObjectVersions({ ...input, limit: 10_000 });
  const kept = versions.filter((version, at) => {
    if (version.isLatest) return true;
    const ofKey = versions.slice(0, at).filter(({ objectKey }) => objectKey === version.objectKey);
    const newer = ofKey.filter((each) => !each.isLatest && each.kind === "version").length;
    const replacedMs = ofKey.at(-1)?.modifiedMs ?? 0;
    return newer < (newerVersions ?? 0) || replacedMs + noncurrentDays * DAY_MS > bench.clock.nowMs();
  });
  return kept.map(({ kind, objectKey }) => (kind === "version" ? objectKey : `-${objectKey}`));
}

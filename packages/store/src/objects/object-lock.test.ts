import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyServiceFixture, keysOf } from "../encryption/key-service-fixture.ts";
import { attributes, bodyOf, createEngineFixture, type EngineFixture, putInput } from "../engine-fixture.ts";
import type { Retention, RetentionMode } from "../model.ts";
import type { DeleteObjectInput } from "../object-store.ts";
import { StoreError } from "../store-error.ts";

const DAY_MS = 86_400_000;
const selector = { bucket: "b", objectKey: "k" };
const named = (versionId: string): DeleteObjectInput => ({ ...selector, versionId, ownerId: "owner" });
const code = (expected: string) => (error: unknown) => error instanceof StoreError && error.code === expected;

async function openLocked(): Promise<EngineFixture> {
  const fixture = createEngineFixture({ minPartBytes: 1 }, new KeyServiceFixture());
  await fixture.store.createBucket({ bucket: "b", ownerId: "owner", region: "r", objectLock: true });
  return fixture;
}

/** Lets `intrusion` happen between what the next commit has read and that commit. */
function beforeNextCommit({ engine }: EngineFixture, intrusion: () => Promise<unknown>): void {
  const commit = engine.index.commit.bind(engine.index);
  Object.assign(engine.index, {
    commit: async (batch: Parameters<typeof commit>[0]) => {
      Object.assign(engine.index, { commit });
      await intrusion();
      return commit(batch);
    },
  });
}

test("Object Lock comes with versioning, and neither leaves again", async () => {
  const { store } = await openLocked();
  assert.equal((await store.requireBucket("b")).versioning, "enabled");
  await assert.rejects(store.setVersioning("b", "suspended"), code("InvalidBucketState"));
  await store.setVersioning("b", "enabled");
  await store.createBucket({ bucket: "later", ownerId: "owner", region: "r" });
  const objectLock = { defaultRetention: null };
  await assert.rejects(store.setObjectLock("later", objectLock), code("InvalidBucketState"));
  await store.setVersioning("later", "suspended");
  await assert.rejects(store.setObjectLock("later", objectLock), code("InvalidBucketState"));
  await store.setVersioning("later", "enabled");
  await store.setObjectLock("later", objectLock);
  await assert.rejects(store.setVersioning("later", "suspended"), code("InvalidBucketState"));
});

test("of Object Lock and suspended versioning at once, one is refused", async () => {
  for (const isLockFirst of [true, false]) {
    const fixture = createEngineFixture();
    const { store } = fixture;
    await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
    await store.setVersioning("b", "enabled");
    const lock = () => store.setObjectLock("b", { defaultRetention: null });
    const suspend = () => store.setVersioning("b", "suspended");
    const [first, second] = isLockFirst ? [lock, suspend] : [suspend, lock];
    beforeNextCommit(fixture, first);
    await assert.rejects(second(), code("InvalidBucketState"));
  }
});

test("locks are refused where the bucket has none, before a byte of the body is read", async () => {
  const { store } = createEngineFixture();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  const body = (async function* (): AsyncGenerator<Uint8Array> {
    yield assert.fail("the body was read");
  })();
  const put = store.putObject({ ...putInput("b", "k", ""), body, legalHold: true });
  await assert.rejects(put, code("InvalidRequest"));
  await store.putObject(putInput("b", "k", "x"));
  await assert.rejects(store.setLegalHold(selector, true), code("InvalidRequest"));
  await assert.rejects(store.setRetention(selector, null), code("InvalidRequest"));
});

test("what is put, copied or put together of parts takes the bucket's default, or what it says itself", async () => {
  const { store, clock } = await openLocked();
  await store.setObjectLock("b", { defaultRetention: { mode: "COMPLIANCE", unit: "days", count: 3 } });
  const own: Retention = { mode: "GOVERNANCE", retainUntilMs: clock.nowMs() + 1000 };
  const upload = async (retention: Retention | null) => {
    const { uploadId } = await store.createMultipartUpload({
      ...attributes,
      ...selector,
      ownerId: "owner",
      initiatorId: "owner",
      plan: { scheme: "sse-s3" },
      checksumAlgorithm: null,
      checksumType: null,
      retention,
    });
    const part = { ...selector, uploadId, partNumber: 1, body: bodyOf("x"), integrity: {} };
    const { etag } = await store.uploadPart(part);
    clock.advance(500);
    return store.completeMultipartUpload({
      ...selector,
      uploadId,
      parts: [{ partNumber: 1, etag }],
      conditions: {},
    });
  };
  const copy = (retention: Retention | null) =>
    store.copyObject({
      source: selector,
      ...selector,
      ownerId: "owner",
      storageClass: "STANDARD",
      conditions: {},
      plan: { scheme: "sse-s3" },
      checkSource: () => {},
      retention,
    });
  const put = (retention: Retention | null) => store.putObject({ ...putInput("b", "k", "x"), retention });
  for (const write of [put, copy, upload]) {
    assert.deepEqual((await write(own)).retention, own);
    const byDefault = await write(null);
    assert.deepEqual(byDefault.retention, {
      mode: "COMPLIANCE",
      retainUntilMs: byDefault.modifiedMs + 3 * DAY_MS,
    });
    assert.equal(byDefault.legalHold, null);
  }
});

test("a default of years ends on the same day of another year, and holds for new versions alone", async () => {
  const { store, clock } = await openLocked();
  const before = await store.putObject(putInput("b", "k", "x"));
  await store.setObjectLock("b", { defaultRetention: { mode: "GOVERNANCE", unit: "years", count: 2 } });
  clock.advance(Date.UTC(2028, 1, 29) - clock.nowMs());
  const { retention } = await store.putObject(putInput("b", "k", "x"));
  assert.equal(retention?.retainUntilMs, Date.UTC(2030, 2, 1));
  assert.equal((await store.readVersion({ ...selector, versionId: before.versionId })).retention, null);
  await store.deleteObject(named(before.versionId));
});

test("[L-172] a version that is locked while it is being deleted stays", async () => {
  const fixture = await openLocked();
  const { store, clock } = fixture;
  const retention: Retention = { mode: "COMPLIANCE", retainUntilMs: clock.nowMs() + DAY_MS };
  for (const lock of [
    () => store.setLegalHold(selector, true),
    () => store.setRetention(selector, retention),
  ]) {
    const { versionId } = await store.putObject(putInput("b", "k", "x"));
    beforeNextCommit(fixture, lock);
    await assert.rejects(store.deleteObject(named(versionId)), code("ObjectLocked"));
    assert.equal((await store.readVersion({ ...selector, versionId })).versionId, versionId);
  }
});

test("[L-172] a default that is set while a version is written protects that version", async () => {
  const fixture = await openLocked();
  const { store } = fixture;
  beforeNextCommit(fixture, () =>
    store.setObjectLock("b", { defaultRetention: { mode: "GOVERNANCE", unit: "days", count: 1 } }),
  );
  assert.equal((await store.putObject(putInput("b", "k", "x"))).retention?.mode, "GOVERNANCE");
});

test("[L-172] of two who change a retention at once, neither undoes what the other made firm", async () => {
  const fixture = await openLocked();
  const { store, clock } = fixture;
  await store.putObject(putInput("b", "k", "x"));
  const retainUntilMs = clock.nowMs() + DAY_MS;
  beforeNextCommit(fixture, () => store.setRetention(selector, { mode: "COMPLIANCE", retainUntilMs }));
  const weaker: Retention = { mode: "GOVERNANCE", retainUntilMs };
  await assert.rejects(
    store.setRetention({ ...selector, bypassGovernance: true }, weaker),
    code("ObjectLocked"),
  );
});

test("a locked null version, older than versioning, is protected like any other", async () => {
  const { store } = createEngineFixture();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  await store.putObject(putInput("b", "k", "x"));
  await store.setVersioning("b", "enabled");
  await store.setObjectLock("b", { defaultRetention: null });
  await store.setLegalHold(selector, true);
  await store.putObject(putInput("b", "k", "y"));
  await store.deleteObject({ ...selector, ownerId: "owner" });
  await assert.rejects(store.deleteObject(named("null")), code("ObjectLocked"));
  await store.setLegalHold({ ...selector, versionId: "null" }, false);
  await store.deleteObject(named("null"));
});

test("§3.7: a locked version keeps its key until its lock is over", async () => {
  const { store, clock } = await openLocked();
  const plan = { scheme: "sse-kms", keyId: "k1", context: {}, bucketKey: false } as const;
  const update = () => store.updateEncryption({ ...selector, plan, keys: keysOf("alice") });
  for (const mode of ["GOVERNANCE", "COMPLIANCE"] as const) {
    const retainUntilMs = clock.nowMs() + DAY_MS;
    await store.putObject({ ...putInput("b", "k", "x"), retention: { mode, retainUntilMs } });
    await assert.rejects(update(), code("ObjectLocked"));
    clock.advance(DAY_MS + 1);
    await store.setLegalHold(selector, true);
    await assert.rejects(update(), code("ObjectLocked"));
    await store.setLegalHold(selector, false);
    const { retention, legalHold } = await update();
    assert.deepEqual([retention, legalHold], [{ mode, retainUntilMs }, false], "the lock stays on record");
  }
});

type Step =
  | { do: "wait"; days: number }
  | { do: "hold"; on: boolean }
  | { do: "retain"; mode: RetentionMode | null; days: number; bypass: boolean }
  | { do: "delete"; bypass: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("hold" as const), on: fc.boolean() }),
  fc.record({
    do: fc.constant("retain" as const),
    mode: fc.constantFrom("GOVERNANCE" as const, "COMPLIANCE" as const, null),
    days: fc.integer({ min: 1, max: 6 }),
    bypass: fc.boolean(),
  }),
  fc.record({ do: fc.constant("delete" as const), bypass: fc.boolean() }),
);

test("[L-172] compliance mode only grows, a hold holds, and only a bypass gets past governance mode", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { store, clock } = await openLocked();
      const { versionId } = await store.putObject(putInput("b", "k", "x"));
      let held = false;
      let compliantUntilMs = 0;
      let governedUntilMs = 0;
      for (const s of steps) {
        const nowMs = clock.nowMs();
        const isCompliant = compliantUntilMs >= nowMs;
        const isGoverned = governedUntilMs >= nowMs;
        if (s.do === "wait") clock.advance(s.days * DAY_MS);
        else if (s.do === "hold") {
          await store.setLegalHold(selector, s.on);
          held = s.on;
        } else if (s.do === "delete") {
          const isRefused = held || isCompliant || (isGoverned && !s.bypass);
          const deletion = store.deleteObject({ ...named(versionId), bypassGovernance: s.bypass });
          if (!isRefused) return void (await deletion);
          await assert.rejects(deletion, code("ObjectLocked"));
        } else {
          const untilMs = nowMs + s.days * DAY_MS;
          const isLonger = s.mode === "COMPLIANCE" ? compliantUntilMs <= untilMs : governedUntilMs <= untilMs;
          const isRefused = isCompliant
            ? s.mode !== "COMPLIANCE" || !isLonger
            : isGoverned && !s.bypass && (s.mode !== "GOVERNANCE" || !isLonger);
          const retention = s.mode === null ? null : { mode: s.mode, retainUntilMs: untilMs };
          const change = store.setRetention({ ...selector, bypassGovernance: s.bypass }, retention);
          if (isRefused) await assert.rejects(change, code("ObjectLocked"));
          else {
            await change;
            compliantUntilMs = s.mode === "COMPLIANCE" ? untilMs : 0;
            governedUntilMs = s.mode === "GOVERNANCE" ? untilMs : 0;
          }
        }
        assert.equal((await store.readVersion(selector)).versionId, versionId);
      }
    }),
    { numRuns: 200 },
  );
});

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { KeyServiceFixture, keysOf } from "../encryption/key-service-fixture.ts";
import type { Engine } from "../engine.ts";
import { createEngineFixture, type EngineFixture, putInput } from "../engine-fixture.ts";
import type { StoredVersion } from "../model.ts";
import type { PutObjectInput } from "../object-store.ts";
import {
  FIRST_REENCRYPTION_CURSOR,
  type ReencryptionCursor,
  type ReencryptionStep,
  type ReencryptionWork,
  reencryptStep,
} from "./reencrypt.ts";

const alice = keysOf("alice");
const arnOf = (name: string): string => `arn:aws:kms:us-east-1:111111111111:key/${name}`;
const NEW = { scheme: "sse-kms", keyId: arnOf("new"), context: {}, bucketKey: false } as const;
const OLD = { scheme: "sse-kms", keyId: arnOf("old"), context: {}, bucketKey: true } as const;
const DSSE = { scheme: "dsse-kms", keyId: arnOf("old"), context: {} } as const;
const ANY = { prefix: "", scheme: null, keyArn: null, createdBeforeMs: null, versions: "all" } as const;

interface Bench extends EngineFixture {
  readonly service: KeyServiceFixture;
  put(objectKey: string, more?: Partial<PutObjectInput>): Promise<StoredVersion>;
  read(objectKey: string, versionId?: string): Promise<string>;
  schemeOf(objectKey: string, versionId?: string): Promise<string>;
}

async function open(versioning: "enabled" | null = null): Promise<Bench> {
  const service = new KeyServiceFixture();
  const fixture = createEngineFixture({}, service);
  const { store } = fixture;
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  if (versioning !== null) await store.setVersioning("b", versioning);
  return {
    ...fixture,
    service,
    put: (objectKey, more = {}) =>
      store.putObject({ ...putInput("b", objectKey, `body of ${objectKey}`), keys: alice, ...more }),
    read: async (objectKey, versionId) => {
      const opened = await store.openObject({ bucket: "b", objectKey, versionId, keys: alice });
      const { sizeBytes } = opened.version;
      return Buffer.concat(await Array.fromAsync(opened.read(0, sizeBytes))).toString();
    },
    schemeOf: async (objectKey, versionId) => {
      const { encryption } = await store.readVersion({ bucket: "b", objectKey, versionId });
      return "keyArn" in encryption
        ? `${encryption.scheme} ${encryption.keyArn.split("/")[1]}`
        : encryption.scheme;
    },
  };
}

const markOf = ({ objectKey, versionId }: { objectKey: string; versionId: string }): Buffer =>
  Buffer.from(`test-mark/${createHash("sha256").update(`${objectKey} ${versionId}`).digest("hex")}`);

const workOf = (more: Partial<ReencryptionWork> = {}): ReencryptionWork => ({
  ...{ bucket: "b", ownerId: "owner", match: ANY, target: NEW, keys: alice, markOf },
  isOver: () => false,
  ...more,
});

interface Ran {
  looked: number;
  counted: number;
  matched: number;
  changed: number;
  steps: number;
  /** `key code`. */
  readonly left: string[];
}

async function run(engine: Engine, work: ReencryptionWork): Promise<Ran> {
  const ran: Ran = { looked: 0, counted: 0, matched: 0, changed: 0, steps: 0, left: [] };
  let cursor: ReencryptionCursor | null = FIRST_REENCRYPTION_CURSOR;
  while (cursor !== null) {
    const at: ReencryptionCursor = JSON.parse(JSON.stringify(cursor));
    const step: ReencryptionStep = await reencryptStep(engine, work, at);
    await engine.index.commit({ deletes: step.marks });
    ran.steps++;
    ran.looked += step.looked;
    if (at.phase === "count") ran.counted += step.matched;
    else ran.matched += step.matched;
    ran.changed += step.changed;
    ran.left.push(...step.unchanged.map(({ objectKey, code }) => `${objectKey} ${code}`));
    cursor = step.next;
  }
  return ran;
}

test("every version that matches comes under the new key; bodies, ETags, times and ids stay", async () => {
  const { engine, put, read, schemeOf, service, store } = await open("enabled");
  const before = [await put("a"), await put("a"), await put("b", { plan: OLD })];
  await store.deleteObject({ bucket: "b", objectKey: "gone", ownerId: "owner" });
  const ran = await run(engine, workOf());
  assert.deepEqual(
    { ...ran, steps: 0 },
    { looked: 8, counted: 3, matched: 3, changed: 3, steps: 0, left: [] },
  );
  service.disabled.add(arnOf("old"));
  for (const { objectKey, versionId, etag, modifiedMs, encryption } of before) {
    assert.equal(await schemeOf(objectKey, versionId), "sse-kms new");
    assert.equal(await read(objectKey, versionId), `body of ${objectKey}`);
    const after = await store.readVersion({ bucket: "b", objectKey, versionId });
    assert.deepEqual([after.etag, after.modifiedMs], [etag, modifiedMs]);
    assert.notDeepEqual(after.encryption, encryption);
  }
  const again = await run(engine, workOf());
  assert.equal(again.changed, 0);
  assert.deepEqual(again.left.toSorted(), ["a AlreadyAsAsked", "a AlreadyAsAsked", "b AlreadyAsAsked"]);
  const back = await run(engine, workOf({ target: { scheme: "sse-s3" } }));
  assert.equal(back.changed, 3);
  assert.equal(await schemeOf("b"), "sse-s3");
});

test("filters choose by prefix, scheme, key, time and being current", async () => {
  const { engine, put, clock, schemeOf } = await open("enabled");
  const first = await put("p/1", { plan: OLD });
  await put("p/1", { plan: OLD });
  await put("p/2");
  await put("q/1", { plan: { ...OLD, keyId: arnOf("other") } });
  clock.advance(1_000);
  const lateMs = clock.nowMs();
  await put("p/3", { plan: OLD });
  const counted = async (match: Partial<ReencryptionWork["match"]>): Promise<number> => {
    const work = workOf({ match: { ...ANY, ...match } });
    const { next, matched } = await reencryptStep(engine, work, FIRST_REENCRYPTION_CURSOR);
    assert.deepEqual(next, { phase: "change", after: null });
    return matched;
  };
  assert.equal(await counted({}), 5);
  assert.equal(await counted({ prefix: "q" }), 1);
  assert.equal(await counted({ scheme: "sse-s3" }), 1);
  assert.equal(await counted({ keyArn: arnOf("old") }), 3);
  assert.equal(await counted({ createdBeforeMs: lateMs }), 4);
  assert.equal(await counted({ versions: "current" }), 4);
  const match = { ...ANY, keyArn: arnOf("old"), createdBeforeMs: lateMs, versions: "current" } as const;
  assert.equal((await run(engine, workOf({ match }))).changed, 1);
  assert.equal(await schemeOf("p/1"), "sse-kms new");
  assert.equal(await schemeOf("p/1", first.versionId), "sse-kms old");
  assert.equal(await schemeOf("p/3"), "sse-kms old");
});

test("customers' keys, two layers and locks leave a version as it is, with the reason", async () => {
  const { engine, put, clock, schemeOf, store } = await open("enabled");
  await store.setObjectLock("b", { defaultRetention: null });
  await put("customer", { plan: { scheme: "sse-c" }, keys: keysOf("alice", randomBytes(32)) });
  await put("double", { plan: DSSE });
  await put("held", { legalHold: true });
  await put("kept", { retention: { mode: "GOVERNANCE", retainUntilMs: clock.nowMs() + 1_000 } });
  await put("was-kept", { retention: { mode: "COMPLIANCE", retainUntilMs: clock.nowMs() - 1 } });
  const { changed, left } = await run(engine, workOf());
  assert.equal(changed, 1);
  assert.deepEqual(left.toSorted(), [
    "customer UnderCustomerKey",
    "double InTwoLayers",
    "held ObjectLocked",
    "kept ObjectLocked",
  ]);
  assert.equal(await schemeOf("double"), "dsse-kms old");
});

test("a key that refuses fails its versions and no others", async () => {
  const { engine, put, schemeOf, service } = await open();
  await put("under-old", { plan: OLD });
  await put("plain");
  service.disabled.add(arnOf("old"));
  const ran = await run(engine, workOf());
  assert.equal(ran.changed, 1);
  assert.deepEqual(ran.left, ["under-old DisabledException"]);
  service.disabled.delete(arnOf("old"));
  service.disabled.add(arnOf("new"));
  const refused = await run(engine, workOf());
  assert.deepEqual(refused.left.toSorted(), ["plain AlreadyAsAsked", "under-old DisabledException"]);
  assert.equal(await schemeOf("under-old"), "sse-kms old");
});

test("a key whose device is away fails what is under it and holds up nothing else; the new key's is waited for", async () => {
  const { engine, put, schemeOf, service } = await open();
  const other = { ...OLD, keyId: arnOf("other"), bucketKey: false };
  for (const name of ["a", "b"]) await put(name, { plan: { ...OLD, bucketKey: false } });
  await put("c", { plan: other });
  await put("d");
  service.away.add(arnOf("old"));
  const ran = await run(engine, workOf());
  assert.equal(ran.changed, 2);
  assert.deepEqual(ran.left.toSorted(), ["a KeyUnavailableException", "b KeyUnavailableException"]);
  assert.equal(await schemeOf("c"), "sse-kms new");
  service.away.delete(arnOf("old"));
  service.away.add(arnOf("new"));
  await assert.rejects(run(engine, workOf()), { code: "KeyUnavailableException" });
  service.away.delete(arnOf("new"));
  assert.equal((await run(engine, workOf())).changed, 2);
});

test("what was changed but never counted is counted as changed the next time", async () => {
  const { engine, put } = await open();
  await put("before", { plan: NEW });
  for (const name of ["x", "y", "z"]) await put(name);
  const counted: ReencryptionCursor = { phase: "change", after: null };
  const lost = await reencryptStep(engine, workOf(), counted);
  assert.equal(lost.changed, 3);
  assert.equal(lost.marks.length, 3);
  const again = await reencryptStep(engine, workOf(), counted);
  assert.equal(again.changed, 3);
  assert.deepEqual(
    again.unchanged.map(({ objectKey, code }) => [objectKey, code]),
    [["before", "AlreadyAsAsked"]],
  );
  assert.deepEqual(again.marks.length, 3);
  await engine.index.commit({ deletes: again.marks });
  const recorded = await reencryptStep(engine, workOf(), counted);
  assert.deepEqual([recorded.changed, recorded.unchanged.length], [0, 4]);
});

test("also where what was changed matches no longer, as it is not under the old key or scheme any more", async () => {
  const { engine, put } = await open();
  for (const name of ["x", "y"]) await put(name, { plan: OLD });
  await put("plain");
  await put("new-before", { plan: NEW });
  const counted: ReencryptionCursor = { phase: "change", after: null };
  for (const [match, names] of [
    [{ ...ANY, keyArn: arnOf("old") }, 2],
    [{ ...ANY, scheme: "sse-s3" }, 1],
  ] as const) {
    const lost = await reencryptStep(engine, workOf({ match }), counted);
    assert.equal(lost.changed, names);
    const again = await reencryptStep(engine, workOf({ match }), counted);
    assert.deepEqual([again.matched, again.changed, again.unchanged.length], [names, names, 0]);
    assert.deepEqual(again.marks.map(String).toSorted(), lost.marks.map(String).toSorted());
    await engine.index.commit({ deletes: again.marks });
    assert.equal((await reencryptStep(engine, workOf({ match }), counted)).matched, 0);
  }
});

test("a step ends early where it is told to, and the next one goes on; none is left out", async () => {
  const { engine, put, schemeOf } = await open();
  const names = Array.from({ length: 250 }, (_, at) => `k${at}`);
  for (const name of names) await put(name);
  const ran = await run(engine, workOf({ isOver: () => true }));
  assert.equal(ran.changed, 250);
  assert.ok(ran.steps > 30);
  const back = await run(engine, workOf({ target: { scheme: "sse-s3" } }));
  assert.equal(back.changed, 250);
  assert.equal(back.steps, 1 + 3);
  for (const name of names) assert.equal(await schemeOf(name), "sse-s3");
});

test("what is replaced between the look and the change is judged anew", async () => {
  const { engine, put, store, schemeOf } = await open();
  await put("replaced", { plan: OLD });
  await put("removed", { plan: OLD });
  const match = { ...ANY, keyArn: arnOf("old") };
  let isFirst = true;
  const meddled: Engine = {
    ...engine,
    index: new Proxy(engine.index, {
      get(index, name) {
        const value: unknown = Reflect.get(index, name);
        if (typeof value !== "function") return value;
        return async (...parameters: unknown[]) => {
          const answer: unknown = await Reflect.apply(value, index, parameters);
          if (name === "listTogether" && isFirst) {
            isFirst = false;
            await put("replaced");
            await store.deleteObject({ bucket: "b", objectKey: "removed", ownerId: "owner" });
          }
          return answer;
        };
      },
    }),
  };
  const step = await reencryptStep(meddled, workOf({ match }), { phase: "change", after: null });
  assert.equal(step.changed, 0);
  assert.deepEqual(step.unchanged.map(({ objectKey, code }) => `${objectKey} ${code}`).toSorted(), [
    "removed ChangedMeanwhile",
    "replaced ChangedMeanwhile",
  ]);
  assert.equal(await schemeOf("replaced"), "sse-s3");
});

test("a bucket that went, or is somebody else's now, ends the run", async () => {
  const { engine } = await open();
  const refused = { code: "NoSuchBucket" };
  await assert.rejects(run(engine, workOf({ bucket: "c" })), refused);
  await assert.rejects(run(engine, workOf({ ownerId: "somebody" })), refused);
});

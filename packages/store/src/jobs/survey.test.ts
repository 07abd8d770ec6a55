import assert from "node:assert/strict";
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import fc from "fast-check";
import { MemoryBlobStore } from "../blobs/memory-blob-store.ts";
import { createObjectStore } from "../create-object-store.ts";
import { Encryptor } from "../encryption/encryptor.ts";
import { KeyServiceFixture, keysOf } from "../encryption/key-service-fixture.ts";
import { raiseWrapFloor } from "../encryption/wrap-floor.ts";
import { DEFAULT_LIMITS, type Engine } from "../engine.ts";
import { attributes, bodyOf, putInput } from "../engine-fixture.ts";
import { MemoryIndex } from "../index/memory-index.ts";
import { firstSurvey, masterKeySurvey, type SurveyCursor, surveyStep } from "./survey.ts";

const alice = keysOf("alice");

function rotatingEngine(inlineBytes = 1000) {
  const versions: KeyObject[] = [createSecretKey(randomBytes(32))];
  /** What this process knows of them: another one rotates. */
  let known = 1;
  let destroyed = 0;
  const keyring = new MasterKeyring({
    current: () => ({ version: known, key: versions[known - 1] ?? assert.fail("no master key") }),
    find: (version) => (version > destroyed ? (versions[version - 1] ?? null) : null),
    refresh: async () => {
      known = versions.length;
    },
  });
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const engine: Engine = {
    index: new MemoryIndex(),
    blobs: new MemoryBlobStore(),
    clock,
    limits: { ...DEFAULT_LIMITS, inlineBytes, minPartBytes: 1 },
    encryptor: new Encryptor({ masterKeyring: keyring, keyService: new KeyServiceFixture(), clock }),
    later: (work) => void work(),
  };
  return {
    engine,
    store: createObjectStore(engine),
    rotateElsewhere: () => versions.push(createSecretKey(randomBytes(32))),
    destroyOld: () => {
      destroyed = versions.length - 1;
    },
  };
}

async function survey(engine: Engine, version: number, limit: number, between = async () => {}) {
  const counts = { looked: 0, below: 0, unreadable: 0 };
  const ofKeys = masterKeySurvey(version);
  for (let cursor: SurveyCursor | null = firstSurvey(ofKeys); cursor !== null; ) {
    const step = await surveyStep(engine, ofKeys, cursor, limit);
    counts.looked += step.looked;
    counts.below += step.below;
    counts.unreadable += step.unreadable;
    cursor = step.next;
    await between();
  }
  return counts;
}

test("a survey counts every body once, in steps of any size", async () => {
  const { engine, store } = rotatingEngine();
  for (const bucket of ["aa", "ab"]) {
    await store.createBucket({ bucket, ownerId: "owner", region: "us-east-1" });
    await store.setVersioning(bucket, "enabled");
    for (const objectKey of ["a", "a/b", "a/b", "b", "b", "b", "b", "\u{1}", "\u{1}"]) {
      await store.putObject(putInput(bucket, objectKey, objectKey));
    }
    await store.deleteObject({ bucket, objectKey: "b", ownerId: "owner" });
    const dsse = { scheme: "dsse-kms", keyId: "k", context: {} } as const;
    await store.putObject({ ...putInput(bucket, "two", "layers"), plan: dsse, keys: alice });
    const kms = { scheme: "sse-kms", keyId: "k", context: {}, bucketKey: false } as const;
    await store.putObject({ ...putInput(bucket, "kms", "no master key"), plan: kms, keys: alice });
  }
  for (const limit of [2, 3, 5, 100]) {
    assert.deepEqual(await survey(engine, 1, limit), { looked: 20, below: 0, unreadable: 0 }, `${limit}`);
    const { looked, below } = await survey(engine, 2, limit);
    assert.equal(looked, 20);
    // A current version is looked at again by each step that begins among the others of its key.
    assert.ok(below >= 20 && (limit < 100 || below === 20), `${below} of 20 with ${limit}`);
  }
});

test("parts of objects and of open uploads are counted", async () => {
  const { engine, store } = rotatingEngine();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  for (const end of ["completed", "open"]) {
    const selector = { bucket: "b", objectKey: end };
    const { uploadId } = await store.createMultipartUpload({
      ...attributes,
      ...selector,
      ownerId: "owner",
      initiatorId: "owner",
      plan: { scheme: "sse-s3" },
      checksumAlgorithm: null,
      checksumType: null,
    });
    const parts = [];
    for (const partNumber of [1, 2]) {
      const part = { ...selector, uploadId, partNumber, body: bodyOf("part"), integrity: {} };
      parts.push({ partNumber, etag: (await store.uploadPart(part)).etag });
    }
    if (end === "open") continue;
    await store.completeMultipartUpload({ ...selector, uploadId, parts, conditions: {} });
  }
  for (const limit of [2, 100]) {
    assert.deepEqual(await survey(engine, 2, limit), { looked: 4, below: 4, unreadable: 0 });
  }
});

test("a version that becomes current while a survey is among the others of its key is found", async () => {
  for (const begins of [0, 1, 2, 3]) {
    const { engine, store, rotateElsewhere } = rotatingEngine();
    await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
    await store.setVersioning("b", "enabled");
    await store.putObject(putInput("b", "k", "old"));
    rotateElsewhere();
    await raiseWrapFloor(engine, 2);
    const newer: string[] = [];
    for (let count = 0; count < 5; count++) {
      newer.push((await store.putObject(putInput("b", "k", "new"))).versionId);
    }
    let steps = 0;
    const { below } = await survey(engine, 2, 2, async () => {
      if (steps++ !== begins) return;
      for (const versionId of newer) {
        await store.deleteObject({ bucket: "b", objectKey: "k", versionId, ownerId: "owner" });
      }
    });
    assert.ok(below >= 1, `it was passed by when it moved after step ${begins}`);
  }
});

test("a version that moves between current and noncurrent, whenever, is never passed by", async () => {
  // Between any two steps a newer version of some key is put or removed: each moves the old one to and fro.
  const moves = fc.array(fc.tuple(fc.nat(3), fc.boolean()), { minLength: 5, maxLength: 60 });
  const law = fc.asyncProperty(moves, fc.integer({ min: 2, max: 4 }), async (script, limit) => {
    const { engine, store, rotateElsewhere } = rotatingEngine();
    await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
    await store.setVersioning("b", "enabled");
    const olds = 4;
    for (let count = 0; count < olds; count++) await store.putObject(putInput("b", `k${count}`, "old"));
    rotateElsewhere();
    await raiseWrapFloor(engine, 2);
    const newer = new Map<string, string[]>();
    const steps = script[Symbol.iterator]();
    const move = async (): Promise<void> => {
      for (let each = 0; each < 3; each++) {
        const next = steps.next();
        if (next.done === true) return;
        const [which, isPut] = next.value;
        const objectKey = `k${which}`;
        const ids = newer.get(objectKey) ?? [];
        newer.set(objectKey, ids);
        const versionId = isPut ? undefined : ids.pop();
        if (versionId === undefined) {
          ids.push((await store.putObject(putInput("b", objectKey, "new"))).versionId);
        } else {
          await store.deleteObject({ bucket: "b", objectKey, versionId, ownerId: "owner" });
        }
      }
    };
    await move();
    const { below, unreadable } = await survey(engine, 2, limit, move);
    assert.equal(unreadable, 0);
    // One may be met twice, at both of its places; none may be met never.
    assert.ok(below >= olds, `${below} of ${olds} found`);
  });
  await fc.assert(law, { numRuns: 150 });
});

test("[floor] a write that began under an older master key ends above the floor, also when that key is gone", async () => {
  for (const size of [10, 5_000]) {
    const { engine, store, rotateElsewhere, destroyOld } = rotatingEngine();
    await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
    async function* slow() {
      yield Buffer.alloc(size);
      rotateElsewhere();
      await raiseWrapFloor(engine, 2);
      assert.equal((await survey(engine, 2, 100)).below, 0);
      destroyOld();
      yield Buffer.alloc(size);
    }
    const dsse = { scheme: "dsse-kms", keyId: "k", context: {} } as const;
    const plan = size === 10 ? {} : { plan: dsse, keys: alice };
    await store.putObject({ ...putInput("b", "k", ""), ...plan, body: slow(), integrity: {} });
    const opened = await store.openObject({ bucket: "b", objectKey: "k", keys: alice });
    assert.equal(Buffer.concat(await Array.fromAsync(opened.read(0, 2 * size))).length, 2 * size);
    assert.equal((await survey(engine, 2, 100)).below, 0);
  }
});

test("[floor] a part, and a change of an object's encryption, end above the floor in a process that knows no newer key", async () => {
  const { engine, store, rotateElsewhere } = rotatingEngine();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  const kms = { scheme: "sse-kms", keyId: "k", context: {}, bucketKey: false } as const;
  await store.putObject({ ...putInput("b", "kms", "to a master key"), plan: kms, keys: alice });
  const selector = { bucket: "b", objectKey: "parts" };
  const { uploadId } = await store.createMultipartUpload({
    ...attributes,
    ...selector,
    ownerId: "owner",
    initiatorId: "owner",
    plan: { scheme: "sse-s3" },
    checksumAlgorithm: null,
    checksumType: null,
  });
  rotateElsewhere();
  await raiseWrapFloor(engine, 2);
  await store.updateEncryption({ bucket: "b", objectKey: "kms", plan: { scheme: "sse-s3" }, keys: alice });
  await store.uploadPart({ ...selector, uploadId, partNumber: 1, body: bodyOf("part"), integrity: {} });
  assert.deepEqual(await survey(engine, 2, 100), { looked: 2, below: 0, unreadable: 0 });
  await raiseWrapFloor(engine, 1);
  await store.putObject(putInput("b", "k", "the floor is never lowered"));
  assert.equal((await survey(engine, 2, 100)).below, 0);
});

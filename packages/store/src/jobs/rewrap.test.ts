import assert from "node:assert/strict";
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import { MemoryBlobStore } from "../blobs/memory-blob-store.ts";
import { createObjectStore } from "../create-object-store.ts";
import { Encryptor } from "../encryption/encryptor.ts";
import { KeyServiceFixture, keysOf } from "../encryption/key-service-fixture.ts";
import { DEFAULT_LIMITS, type Engine } from "../engine.ts";
import { attributes, bodyOf, putInput } from "../engine-fixture.ts";
import { MemoryIndex } from "../index/memory-index.ts";
import { currentKey } from "../record-keys.ts";
import { FIRST_CURSOR, type RewrapCursor, rewrapStep } from "./rewrap.ts";

const alice = keysOf("alice");

function rotatingEngine() {
  const versions: (KeyObject | null)[] = [createSecretKey(randomBytes(32))];
  const keyring = new MasterKeyring({
    current: () => {
      const key = versions.at(-1);
      if (key == null) throw new Error("no master key");
      return { version: versions.length, key };
    },
    find: (version) => versions[version - 1] ?? null,
    refresh: async () => {},
  });
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const engine: Engine = {
    index: new MemoryIndex(),
    blobs: new MemoryBlobStore(),
    clock,
    limits: { ...DEFAULT_LIMITS, inlineBytes: 1000, minPartBytes: 1 },
    encryptor: new Encryptor({ masterKeyring: keyring, keyService: new KeyServiceFixture(), clock }),
    later: (work) => void work(),
  };
  return {
    clock,
    engine,
    keyring,
    store: createObjectStore(engine),
    rotate: () => versions.push(createSecretKey(randomBytes(32))),
    destroyOld: () => versions.fill(null, 0, versions.length - 1),
  };
}

async function pass(engine: Engine, keyring: MasterKeyring, limit = 2, between = async () => {}) {
  let cursor: RewrapCursor | null = FIRST_CURSOR;
  let looked = 0;
  let wrapped = 0;
  while (cursor !== null) {
    const step = await rewrapStep(engine, keyring, cursor, limit);
    looked += step.looked;
    wrapped += step.wrapped;
    cursor = step.next;
    await between();
  }
  return { looked, wrapped };
}

async function fill({ store }: ReturnType<typeof rotatingEngine>): Promise<ReadonlyMap<string, string>> {
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  await store.setVersioning("b", "enabled");
  const expected = new Map<string, string>();
  for (let count = 0; count < 5; count++) {
    const text = `text ${count} `.repeat(count * 100);
    const { versionId } = await store.putObject(putInput("b", `k${count % 3}`, text));
    expected.set(`k${count % 3} ${versionId}`, text);
  }
  await store.deleteObject({ bucket: "b", objectKey: "k1", ownerId: "owner" });
  const dsse = { scheme: "dsse-kms", keyId: "k", context: {} } as const;
  const two = await store.putObject({ ...putInput("b", "two", "in two layers"), plan: dsse, keys: alice });
  expected.set(`two ${two.versionId}`, "in two layers");
  const kms = { scheme: "sse-kms", keyId: "k", context: {}, bucketKey: false } as const;
  const other = await store.putObject({ ...putInput("b", "kms", "no master key"), plan: kms, keys: alice });
  expected.set(`kms ${other.versionId}`, "no master key");
  const selector = { bucket: "b", objectKey: "parts" };
  for (const isCompleted of [true, false]) {
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
      const part = { ...selector, uploadId, partNumber, body: bodyOf(`part ${partNumber}`), integrity: {} };
      parts.push({ partNumber, etag: (await store.uploadPart(part)).etag });
    }
    if (!isCompleted) continue;
    const { versionId } = await store.completeMultipartUpload({
      ...selector,
      uploadId,
      parts,
      conditions: {},
    });
    expected.set(`parts ${versionId}`, "part 1part 2");
  }
  return expected;
}

test("after a pass nothing hangs on an older master key, and all reads as before", async () => {
  const fixture = rotatingEngine();
  const { engine, keyring, store } = fixture;
  const expected = await fill(fixture);
  fixture.rotate();
  const first = await pass(engine, keyring);
  // Five versions, one in two layers, two parts of an object and two of an upload; the KMS object has no master key.
  assert.deepEqual(first, { looked: 10, wrapped: 10 });
  assert.deepEqual(await pass(engine, keyring), { looked: 10, wrapped: 0 });
  fixture.destroyOld();
  for (const [name, text] of expected) {
    const [objectKey = "", versionId] = name.split(" ");
    const opened = await store.openObject({ bucket: "b", objectKey, versionId, keys: alice });
    assert.equal(
      Buffer.concat(await Array.fromAsync(opened.read(0, opened.version.sizeBytes))).toString(),
      text,
    );
  }
});

test("writers between the steps lose nothing, and a later pass finds what moved", async () => {
  const fixture = rotatingEngine();
  const { engine, keyring, store } = fixture;
  await fill(fixture);
  fixture.rotate();
  let count = 0;
  await pass(engine, keyring, 1, async () => {
    await store.putObject(putInput("b", `k${count++ % 3}`, `new ${count}`));
    if (count % 4 === 0) await store.deleteObject({ bucket: "b", objectKey: "k2", ownerId: "owner" });
  });
  const rest = await pass(engine, keyring);
  assert.equal((await pass(engine, keyring)).wrapped, 0, `${rest.wrapped} moved during the first pass`);
  fixture.destroyOld();
  const page = await store.listObjectVersions({
    bucket: "b",
    prefix: "",
    delimiter: "",
    keyMarker: "",
    versionIdMarker: "",
    limit: 1000,
  });
  for (const version of page.versions) {
    if (version.kind !== "version" || version.sizeBytes === 0) continue;
    const { objectKey, versionId } = version;
    const opened = await store.openObject({ bucket: "b", objectKey, versionId, keys: alice });
    for await (const _ of opened.read(0, version.sizeBytes));
  }
});

test("what does not open stops nothing else, and is counted", async () => {
  const fixture = rotatingEngine();
  const { engine, keyring, store } = fixture;
  await fill(fixture);
  const key = currentKey("b", "k0");
  const stored = await engine.index.get(key);
  assert.ok(stored !== null);
  // Its wrapped key is bound to another object's name.
  await engine.index.commit({ puts: [{ key: currentKey("b", "a"), value: stored.value }] });
  const newer = Buffer.from("\x93\x02\xa7version\x80", "latin1");
  await engine.index.commit({ puts: [{ key: currentKey("b", "b"), value: newer }] });
  fixture.rotate();
  let cursor: RewrapCursor | null = FIRST_CURSOR;
  const counts = { wrapped: 0, unreadable: 0 };
  while (cursor !== null) {
    const step = await rewrapStep(engine, keyring, cursor, 2);
    counts.wrapped += step.wrapped;
    counts.unreadable += step.unreadable;
    cursor = step.next;
  }
  assert.deepEqual(counts, { wrapped: 10, unreadable: 2 });
  fixture.destroyOld();
  const opened = await store.openObject({ bucket: "b", objectKey: "two", keys: alice });
  assert.equal(Buffer.concat(await Array.fromAsync(opened.read(0, 13))).toString(), "in two layers");
});

test("an object that moves to a KMS key between a look at its record and one at its parts is no broken one", async () => {
  const fixture = rotatingEngine();
  const { engine, keyring, store } = fixture;
  await fill(fixture);
  fixture.rotate();
  const plan = { scheme: "sse-kms", keyId: "k", context: {}, bucketKey: false } as const;
  const { index } = engine;
  const list = index.list.bind(index);
  let isMoved = false;
  Object.assign(index, {
    list: async (range: Parameters<typeof list>[0]) => {
      const page = await list(range);
      if (!isMoved && page.some(({ key }) => key.equals(currentKey("b", "parts")))) {
        isMoved = true;
        await store.updateEncryption({ bucket: "b", objectKey: "parts", plan, keys: alice });
      }
      return page;
    },
  });
  let cursor: RewrapCursor | null = FIRST_CURSOR;
  while (cursor !== null) {
    const step = await rewrapStep(engine, keyring, cursor, 100);
    assert.equal(step.unreadable, 0);
    cursor = step.next;
  }
  assert.equal(isMoved, true);
});

test("a body that was under way when the master key rotated ends under the new one", async () => {
  const fixture = rotatingEngine();
  const { clock, engine, keyring, store } = fixture;
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  const dsse = { scheme: "dsse-kms", keyId: "k", context: {} } as const;
  for (const size of [10, 5_000]) {
    async function* slow() {
      yield Buffer.alloc(size);
      fixture.rotate();
      clock.advance(60_000);
      yield Buffer.alloc(size);
    }
    await store.putObject({ ...putInput("b", `s3 ${size}`, ""), body: slow(), integrity: {} });
    const two = { ...putInput("b", `two ${size}`, ""), body: slow(), integrity: {}, plan: dsse, keys: alice };
    await store.putObject(two);
    for (const objectKey of [`s3 ${size}`, `two ${size}`]) {
      const opened = await store.openObject({ bucket: "b", objectKey, keys: alice });
      assert.equal(Buffer.concat(await Array.fromAsync(opened.read(0, 2 * size))).length, 2 * size);
    }
    // The first of the two was under way when its own key changed, and has seen one rotation since.
    assert.deepEqual(await pass(engine, keyring), {
      looked: size === 10 ? 2 : 4,
      wrapped: size === 10 ? 1 : 3,
    });
  }
});

test("a step ends early where objects have many parts, and the next goes on behind it", async () => {
  const fixture = rotatingEngine();
  const { engine, keyring, store } = fixture;
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  const selector = { bucket: "b", objectKey: "a" };
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
  for (let partNumber = 1; partNumber <= 5_000; partNumber++) {
    const part = { ...selector, uploadId, partNumber, body: bodyOf("x"), integrity: {} };
    parts.push({ partNumber, etag: (await store.uploadPart(part)).etag });
  }
  await store.completeMultipartUpload({ ...selector, uploadId, parts, conditions: {} });
  await store.putObject(putInput("b", "z", "one more"));
  fixture.rotate();
  const first = await rewrapStep(engine, keyring, FIRST_CURSOR, 100);
  assert.equal(first.wrapped, 5_000);
  const after = currentKey("b", "a").toString("hex");
  assert.deepEqual(first.next, { table: "current", after });
  const second = await rewrapStep(engine, keyring, first.next ?? FIRST_CURSOR, 100);
  assert.deepEqual([second.wrapped, second.next?.table], [1, "noncurrent"]);
});

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { KeyServiceFixture, keysOf } from "../encryption/key-service-fixture.ts";
import { attributes, bodyOf, createEngineFixture, putInput } from "../engine-fixture.ts";
import type { ObjectStore } from "../object-store.ts";

const alice = keysOf("alice");
const selector = { bucket: "b", objectKey: "m" };
const plan = { scheme: "sse-kms", keyId: "k1", context: {}, bucketKey: false } as const;

async function open(inlineBytes: number): Promise<ObjectStore> {
  const { store } = createEngineFixture({ inlineBytes, minPartBytes: 1 }, new KeyServiceFixture());
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  return store;
}

async function upload(store: ObjectStore, bodies: readonly Uint8Array[]): Promise<void> {
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
  for (const [at, body] of bodies.entries()) {
    const part = { ...selector, uploadId, partNumber: at + 1, body: bodyOf(body), integrity: {} };
    parts.push({ partNumber: at + 1, etag: (await store.uploadPart(part)).etag });
  }
  await store.completeMultipartUpload({ ...selector, uploadId, parts, conditions: {} });
}

test("a version that moves while it is read is read to its end, though another became the newest", async () => {
  const store = await open(0);
  await store.setVersioning("b", "enabled");
  const bodies = [randomBytes(10), randomBytes(10)];
  await upload(store, bodies);
  const opened = await store.openObject({ ...selector, keys: alice });
  await store.updateEncryption({ ...selector, plan, keys: alice });
  await store.putObject(putInput("b", "m", "newer"));
  assert.ok(Buffer.concat(await Array.fromAsync(opened.read(0, 20))).equals(Buffer.concat(bodies)));
});

test("wrapping many parts anew leaves other requests their turn", async () => {
  const store = await open(1000);
  await upload(store, new Array<Uint8Array>(350).fill(Buffer.of(1)));
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await store.updateEncryption({ ...selector, plan, keys: alice });
  isDone = true;
  assert.ok(turns >= 3, `${turns} turns`);
  const opened = await store.openObject({ ...selector, keys: alice });
  assert.equal(Buffer.concat(await Array.fromAsync(opened.read(0, 350))).length, 350);
});

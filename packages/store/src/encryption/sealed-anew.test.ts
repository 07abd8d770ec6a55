import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { attributes, bodyOf, createEngineFixture, type EngineFixture } from "../engine-fixture.ts";
import type { ObjectStore } from "../object-store.ts";
import { bucketKey, currentKey } from "../record-keys.ts";
import { decodeChain, encodeChain, type VersionRecord } from "../records.ts";
import type { EncryptionPlan } from "./encryption.ts";
import { KeyServiceFixture, keysOf } from "./key-service-fixture.ts";
import { NO_KEYS, type RequestKeys } from "./request-keys.ts";

const DAY_MS = 86_400_000;
const customerKey = randomBytes(32);
const alice = keysOf("alice");
const PLANS: readonly (readonly [string, EncryptionPlan, RequestKeys])[] = [
  ["sse-s3", { scheme: "sse-s3" }, NO_KEYS],
  ["sse-kms", { scheme: "sse-kms", keyId: "k1", context: { team: "é" }, bucketKey: false }, alice],
  ["bucket key", { scheme: "sse-kms", keyId: "k1", context: {}, bucketKey: true }, alice],
  ["dsse-kms", { scheme: "dsse-kms", keyId: "k1", context: {} }, alice],
  ["sse-c", { scheme: "sse-c" }, keysOf("alice", customerKey)],
];

async function open(
  inlineBytes = 128 * 1024,
): Promise<EngineFixture & { readonly service: KeyServiceFixture }> {
  const service = new KeyServiceFixture();
  const fixture = createEngineFixture({ inlineBytes, minPartBytes: 1 }, service);
  await fixture.store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  return { ...fixture, service };
}

function put(
  store: ObjectStore,
  objectKey: string,
  body: Uint8Array,
  plan: EncryptionPlan,
  keys: RequestKeys,
) {
  return store.putObject({
    ...attributes,
    bucket: "b",
    objectKey,
    ownerId: "owner",
    body: bodyOf(body),
    integrity: {},
    conditions: {},
    plan,
    keys,
  });
}

async function read(store: ObjectStore, objectKey: string, keys: RequestKeys, start = 0, end?: number) {
  const opened = await store.openObject({ bucket: "b", objectKey, keys });
  const to = end ?? opened.version.sizeBytes;
  return start === to ? Buffer.alloc(0) : Buffer.concat(await Array.fromAsync(opened.read(start, to)));
}

for (const [name, plan, keys] of PLANS) {
  test(`[L-4] [L-13] ${name}: the same bytes under the same key are sealed anew each time, under another data key`, async () => {
    const { store, engine } = await open();
    const body = Buffer.alloc(1_000, 7);
    const seen = new Set<string>();
    const wrapped = new Set<string>();
    for (let count = 0; count < 20; count++) {
      await put(store, "o", body, plan, keys);
      const stored = await engine.index.get(currentKey("b", "o"));
      assert.ok(stored !== null);
      const record = decodeChain(stored.value);
      assert.ok(record.kind === "version" && "location" in record.body);
      const sealed = await engine.index.readPayload(record.body.location.id);
      assert.ok(sealed !== null);
      // Behind the header, whose salt alone would tell them apart.
      seen.add(Buffer.from(sealed.subarray(72, 104)).toString("hex"));
      wrapped.add(Buffer.from(record.body.encryptedDataKey).toString("hex"));
    }
    assert.deepEqual([seen.size, wrapped.size], [20, 20]);
  });
}

test("[L-14] many uploads at once under one bucket key, and its end of life, leave nothing that does not open", async () => {
  const { store, clock } = await open();
  const plan = { scheme: "sse-kms", keyId: "k1", context: {}, bucketKey: true } as const;
  const names = Array.from({ length: 40 }, (_, at) => `o${at}`);
  await Promise.all(
    names.map(async (name, at) => {
      if (at === 20) clock.advance(DAY_MS);
      await put(store, name, Buffer.from(name), plan, alice);
    }),
  );
  for (const name of names) assert.equal((await read(store, name, alice)).toString(), name);
});

test("[L-49] where a bucket's record does not open nothing is written, and nothing falls back to another scheme", async () => {
  const { store, engine } = await open();
  const key = bucketKey("b");
  await engine.index.commit({ puts: [{ key, value: Buffer.from("not a record") }] });
  await assert.rejects(put(store, "o", Buffer.from("x"), { scheme: "sse-s3" }, NO_KEYS));
  assert.equal(await engine.index.get(currentKey("b", "o")), null);
});

test("[L-175] a version of a scheme that is not known is refused, and never read as another", async () => {
  const { store, engine } = await open();
  await put(store, "o", Buffer.from("x"), { scheme: "sse-s3" }, NO_KEYS);
  const stored = await engine.index.get(currentKey("b", "o"));
  assert.ok(stored !== null);
  const record = decodeChain(stored.value);
  assert.ok(record.kind === "version");
  const unknown = { ...record, encryption: { scheme: "sse-x" } };
  const value = encodeChain(unknown as unknown as VersionRecord);
  await engine.index.commit({ puts: [{ key: currentKey("b", "o"), value }] });
  await assert.rejects(read(store, "o", alice));
});

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { attributes, bodyOf, createEngineFixture, type EngineFixture } from "../engine-fixture.ts";
import type { ObjectStore } from "../object-store.ts";
import { currentKey } from "../record-keys.ts";
import { decodeChain, encodeChain, type VersionRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import type { EncryptionPlan } from "./encryption.ts";
import { KeyServiceError } from "./key-service.ts";
import { KeyServiceFixture, keysOf } from "./key-service-fixture.ts";
import { NO_KEYS, type RequestKeys } from "./request-keys.ts";

const customerKey = randomBytes(32);
const alice = keysOf("alice");
const PLANS: readonly (readonly [string, EncryptionPlan, RequestKeys])[] = [
  ["sse-s3", { scheme: "sse-s3" }, NO_KEYS],
  ["sse-kms", { scheme: "sse-kms", keyId: "k1", context: { team: "é" }, bucketKey: false }, alice],
  ["bucket key", { scheme: "sse-kms", keyId: "k1", context: {}, bucketKey: true }, alice],
  ["dsse-kms", { scheme: "dsse-kms", keyId: "k1", context: {} }, alice],
  ["sse-c", { scheme: "sse-c" }, keysOf("alice", customerKey)],
];
const KMS = PLANS.filter(([, plan]) => "keyId" in plan);

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

const hasCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

for (const [name, plan, keys] of PLANS) {
  test(`${name}: what was put is read again, whole and in ranges, in the index and as a blob`, async () => {
    for (const inlineBytes of [0, 1 << 20]) {
      const { store } = await open(inlineBytes);
      for (const size of [0, 1, 65_535, 65_536, 65_537, 200_001]) {
        const body = randomBytes(size);
        await put(store, `o${size}`, body, plan, keys);
        assert.ok((await read(store, `o${size}`, keys)).equals(body), `${size} bytes`);
        for (const [start, end] of [
          [0, 1],
          [65_530, 65_540],
          [size - 1, size],
          [65_536, size],
        ] as const) {
          if (start < 0 || start >= end || end > size) continue;
          assert.ok((await read(store, `o${size}`, keys, start, end)).equals(body.subarray(start, end)));
        }
      }
    }
  });

  test(`${name}: an upload's parts are under its key, each under a data key of its own [L-2]`, async () => {
    const { store } = await open(0);
    const selector = { bucket: "b", objectKey: "m" };
    const { uploadId } = await store.createMultipartUpload({
      ...attributes,
      ...selector,
      ownerId: "owner",
      initiatorId: "owner",
      plan,
      keys,
      checksumAlgorithm: null,
      checksumType: null,
    });
    const bodies = [randomBytes(70_000), randomBytes(3)];
    const parts = [];
    for (const [at, body] of bodies.entries()) {
      const part = { ...selector, uploadId, partNumber: at + 1, body: bodyOf(body), integrity: {}, keys };
      parts.push({ partNumber: at + 1, etag: (await store.uploadPart(part)).etag });
    }
    await store.completeMultipartUpload({ ...selector, uploadId, parts, conditions: {} });
    assert.ok((await read(store, "m", keys)).equals(Buffer.concat(bodies)));
    assert.ok(
      (await read(store, "m", keys, 69_990, 70_002)).equals(Buffer.concat(bodies).subarray(69_990, 70_002)),
    );
  });

  test(`${name}: copies into and out of every other scheme`, async () => {
    const { store } = await open(1000);
    for (const size of [0, 1, 65_537]) {
      const body = randomBytes(size);
      await put(store, "from", body, plan, keys);
      for (const [otherName, other, otherKeys] of PLANS) {
        const copied = await store.copyObject({
          source: { bucket: "b", objectKey: "from", keys },
          bucket: "b",
          objectKey: "to",
          ownerId: "owner",
          storageClass: "STANDARD",
          conditions: {},
          plan: other,
          keys: otherKeys,
          checkSource: () => {},
        });
        assert.equal(copied.encryption.scheme, other.scheme);
        assert.ok(
          (await read(store, "to", otherKeys)).equals(body),
          `${name} to ${otherName}, ${size} bytes`,
        );
      }
    }
  });
}

test("§6 only SSE-S3 has the MD5 for its ETag; the others draw one, each time anew", async () => {
  const { store } = await open();
  const body = Buffer.from("same");
  const md5 = createHash("md5").update(body).digest("hex");
  for (const [name, plan, keys] of PLANS) {
    const first = (await put(store, "o", body, plan, keys)).etag;
    const second = (await put(store, "o", body, plan, keys)).etag;
    assert.match(first, /^[0-9a-f]{32}$/);
    assert.equal(first === md5, name === "sse-s3");
    assert.equal(first === second, name === "sse-s3");
  }
});

test("E-2 E-3 [L-171] a customer's key: none, another, one where none belongs; empty objects too", async () => {
  const { store } = await open();
  const keys = keysOf("alice", customerKey);
  for (const body of [Buffer.alloc(0), Buffer.from("data")]) {
    await put(store, "c", body, { scheme: "sse-c" }, keys);
    await put(store, "p", body, { scheme: "sse-s3" }, NO_KEYS);
    const other = keysOf("alice", randomBytes(32));
    const short = keysOf("alice", randomBytes(16));
    for (const look of [
      (objectKey: string, with_: RequestKeys) => store.openObject({ bucket: "b", objectKey, keys: with_ }),
      (objectKey: string, with_: RequestKeys) => store.readVersion({ bucket: "b", objectKey, keys: with_ }),
    ]) {
      await assert.rejects(look("c", alice), hasCode("CustomerKeyRequired"));
      await assert.rejects(look("c", other), hasCode("WrongCustomerKey"));
      await assert.rejects(look("c", short), hasCode("WrongCustomerKey"));
      await assert.rejects(look("p", keys), hasCode("CustomerKeyNotApplicable"));
    }
  }
});

test("[L-55] [L-117] nothing of a customer's key is kept", async () => {
  const { store, engine } = await open();
  await put(store, "c", Buffer.from("data"), { scheme: "sse-c" }, keysOf("alice", customerKey));
  const stored = await engine.index.get(currentKey("b", "c"));
  assert.ok(stored !== null);
  const digests = ["md5", "sha1", "sha256", "sha512"].map((name) =>
    createHash(name).update(customerKey).digest(),
  );
  for (const needle of [customerKey, ...digests]) {
    for (const form of [
      needle,
      Buffer.from(needle.toString("base64")),
      Buffer.from(needle.toString("hex")),
    ]) {
      assert.equal(stored.value.includes(form), false);
    }
  }
});

for (const [name, plan] of KMS) {
  test(`E-6 ${name}: what the key service refuses is not done, and bites on the next request`, async () => {
    const { store, service } = await open();
    await put(store, "o", Buffer.from("data"), plan, alice);
    assert.equal((await read(store, "o", alice)).toString(), "data");
    service.strangers.add("eve");
    const refused = (error: unknown) => error instanceof KeyServiceError;
    await assert.rejects(read(store, "o", keysOf("eve")), refused);
    await assert.rejects(put(store, "o", Buffer.from("eve's"), plan, keysOf("eve")), refused);
    service.disabled.add("arn:aws:kms:us-east-1:111111111111:key/k1");
    service.generationCount++;
    await assert.rejects(read(store, "o", alice), refused);
    await assert.rejects(put(store, "new", Buffer.from("x"), plan, alice), refused);
    await assert.rejects(store.readVersion({ bucket: "b", objectKey: "new" }), hasCode("NoSuchKey"));
    assert.equal((await store.readVersion({ bucket: "b", objectKey: "o" })).sizeBytes, 4, "no key is needed");
  });
}

for (const [name, plan, keys] of PLANS) {
  test(`reference §4.3 #5 #12 ${name}: checksums of an upload's parts, and of what it ends as`, async () => {
    const { store, service } = await open(0);
    const selector = { bucket: "b", objectKey: "m" };
    const upload = async (checksumAlgorithm: "CRC32" | null) => {
      const { uploadId } = await store.createMultipartUpload({
        ...attributes,
        ...selector,
        ownerId: "owner",
        initiatorId: "owner",
        plan,
        keys,
        checksumAlgorithm,
        checksumType: checksumAlgorithm === null ? null : "FULL_OBJECT",
      });
      const body = bodyOf(Buffer.from("part"));
      const part = { ...selector, uploadId, partNumber: 1, body, integrity: {}, keys };
      return { uploadId, etag: (await store.uploadPart(part)).etag };
    };
    const plain = await upload(null);
    const digested = await upload("CRC32");
    service.strangers.add("eve");
    const list = ({ uploadId }: { readonly uploadId: string }, by: RequestKeys) =>
      store.listUploadParts({ ...selector, uploadId, afterPartNumber: 0, limit: 1, keys: by });
    const eve = keysOf("eve", name === "sse-c" ? customerKey : undefined);
    assert.equal((await list(plain, eve)).parts[0]?.checksum, null);
    if ("keyId" in plan) await assert.rejects(list(digested, eve), KeyServiceError);
    assert.equal((await list(digested, keys)).parts[0]?.checksum?.algorithm, "CRC32");
    const parts = [{ partNumber: 1, etag: plain.etag }];
    const { checksum } = await store.completeMultipartUpload({
      ...selector,
      ...plain,
      parts,
      conditions: {},
    });
    assert.equal(checksum?.algorithm ?? null, name === "sse-c" ? null : "CRC64NVME");
  });
}

test("§3 contexts: the object's ARN, the bucket's under a bucket key, and the requester's pairs", async () => {
  const { store, service } = await open();
  const [, kms] = PLANS[1] ?? [];
  const [, bucketKey] = PLANS[2] ?? [];
  assert.ok(kms !== undefined && bucketKey !== undefined);
  await put(store, "o", Buffer.from("1"), kms, alice);
  await read(store, "o", alice);
  assert.deepEqual(service.calls.splice(0), ["GenerateDataKey arn:aws:s3:::b/o", "Decrypt arn:aws:s3:::b/o"]);
  for (let count = 0; count < 20; count++) {
    await put(store, `o${count}`, Buffer.from("1"), bucketKey, alice);
    await read(store, `o${count}`, alice);
  }
  assert.deepEqual(service.calls.splice(0), ["GenerateDataKey arn:aws:s3:::b", "Decrypt arn:aws:s3:::b"]);
  await read(store, "o3", keysOf("bob"));
  assert.deepEqual(
    service.calls.splice(0),
    ["Decrypt arn:aws:s3:::b"],
    "keys are not shared between requesters",
  );
});

test("a bucket's key is let go after five minutes, and one that may seal may not for that reason open", async () => {
  const { store, service, clock } = await open();
  const [, plan] = PLANS[2] ?? [];
  assert.ok(plan !== undefined);
  await put(store, "a", Buffer.from("1"), plan, alice);
  await read(store, "a", alice);
  service.calls.length = 0;
  clock.advance(5 * 60_000);
  await put(store, "b", Buffer.from("1"), plan, alice);
  await read(store, "b", alice);
  assert.deepEqual(service.calls, ["GenerateDataKey arn:aws:s3:::b", "Decrypt arn:aws:s3:::b"]);
});

test("E-4 E-5 records whose parts were exchanged do not open", async () => {
  const fixture = await open();
  const { store, engine } = fixture;
  for (const [name, plan, keys] of PLANS) await put(store, name, Buffer.from(`data of ${name}`), plan, keys);
  const recordOf = async (name: string): Promise<VersionRecord> => {
    const stored = await engine.index.get(currentKey("b", name));
    assert.ok(stored !== null);
    const record = decodeChain(stored.value);
    assert.ok(record.kind === "version");
    return record;
  };
  for (const [name, , keys] of PLANS) {
    for (const [other] of PLANS) {
      if (name === other) continue;
      const mine = await recordOf(name);
      const theirs = await recordOf(other);
      for (const mixed of [
        { ...mine, encryption: theirs.encryption },
        { ...mine, body: theirs.body },
        { ...theirs, uid: mine.uid },
      ]) {
        await engine.index.commit({ puts: [{ key: currentKey("b", "mixed"), value: encodeChain(mixed) }] });
        await assert.rejects(read(store, "mixed", keys), `${name} with ${other}`);
        await assert.rejects(read(store, "mixed", keysOf("alice", customerKey)), `${name} with ${other}`);
      }
    }
  }
});

test("a version moves to another scheme without its data, alone and in parts, and while it is read", async () => {
  for (const inlineBytes of [0, 1 << 20]) {
    const { store } = await open(inlineBytes);
    const selector = { bucket: "b", objectKey: "m" };
    const { uploadId } = await store.createMultipartUpload({
      ...attributes,
      ...selector,
      ownerId: "owner",
      initiatorId: "owner",
      plan: { scheme: "sse-s3" },
      checksumAlgorithm: null,
      checksumType: null,
    });
    const bodies = [randomBytes(70_000), randomBytes(66_000), randomBytes(3)];
    const parts = [];
    for (const [at, body] of bodies.entries()) {
      const part = { ...selector, uploadId, partNumber: at + 1, body: bodyOf(body), integrity: {} };
      parts.push({ partNumber: at + 1, etag: (await store.uploadPart(part)).etag });
    }
    const before = await store.completeMultipartUpload({ ...selector, uploadId, parts, conditions: {} });
    await put(store, "w", bodies[0] ?? Buffer.alloc(0), { scheme: "sse-s3" }, NO_KEYS);
    const opened = await store.openObject({ ...selector, keys: alice });
    const reading = opened.read(0, before.sizeBytes)[Symbol.asyncIterator]();
    const pieces: Uint8Array[] = [(await reading.next()).value ?? Buffer.alloc(0)];
    for (const plan of [PLANS[1]?.[1], PLANS[2]?.[1], PLANS[0]?.[1]]) {
      assert.ok(plan !== undefined);
      const after = await store.updateEncryption({ ...selector, plan, keys: alice });
      assert.deepEqual({ ...after, encryption: null }, { ...before, encryption: null });
      assert.equal(after.encryption.scheme, plan.scheme);
      assert.ok((await read(store, "m", alice)).equals(Buffer.concat(bodies)));
      await store.updateEncryption({ bucket: "b", objectKey: "w", plan, keys: alice });
      assert.ok((await read(store, "w", alice)).equals(bodies[0] ?? Buffer.alloc(0)));
      const next = await reading.next();
      if (next.done !== true) pieces.push(next.value);
    }
    for (let next = await reading.next(); next.done !== true; next = await reading.next())
      pieces.push(next.value);
    assert.ok(Buffer.concat(pieces).equals(Buffer.concat(bodies)));
    const dsse = PLANS[3]?.[1];
    assert.ok(dsse !== undefined);
    await assert.rejects(
      store.updateEncryption({ ...selector, plan: dsse, keys: alice }),
      hasCode("InvalidRequest"),
    );
  }
});

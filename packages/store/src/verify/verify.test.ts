import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { BlobStore } from "../blobs/blob-store-port.ts";
import { BlobMissingError } from "../blobs/blob-store-port.ts";
import type { EncryptionPlan } from "../encryption/encryption.ts";
import { KeyServiceFixture, keysOf } from "../encryption/key-service-fixture.ts";
import { NO_KEYS, type RequestKeys } from "../encryption/request-keys.ts";
import { attributes, bodyOf, createEngineFixture, type EngineFixture } from "../engine-fixture.ts";
import { currentKey } from "../record-keys.ts";
import { decodeChain, encodeChain, type SealedBody } from "../records.ts";
import type { Finding } from "./finding.ts";
import { emptyCounts, joinCounts, type VerifyCounts } from "./verify-counts.ts";
import { FIRST_VERIFY_CURSOR, type VerifyCursor, verifyStep } from "./verify-step.ts";

const alice = keysOf("alice");
const system = keysOf("system");
const SCHEMES: readonly (readonly [string, EncryptionPlan, RequestKeys])[] = [
  ["sse-s3", { scheme: "sse-s3" }, NO_KEYS],
  ["sse-kms", { scheme: "sse-kms", keyId: "k1", context: {}, bucketKey: false }, alice],
  ["bucket-key", { scheme: "sse-kms", keyId: "k1", context: {}, bucketKey: true }, alice],
  ["dsse-kms", { scheme: "dsse-kms", keyId: "k1", context: {} }, alice],
  ["sse-c", { scheme: "sse-c" }, keysOf("alice", randomBytes(32))],
];

/** A blob store whose bytes an enemy holds in hand. */
class OpenBlobs implements BlobStore {
  readonly bytes = new Map<string, Buffer>();
  #next = 0;

  async write(body: AsyncIterable<Uint8Array>) {
    const pieces = await Array.fromAsync(body, (piece) => Buffer.from(piece));
    const id = `blob-${this.#next++}`;
    this.bytes.set(id, Buffer.concat(pieces));
    return { id, sizeBytes: this.bytes.get(id)?.length ?? 0 };
  }

  async *read(id: string, start: number, end: number, mustEnd = false) {
    const bytes = this.bytes.get(id);
    if (bytes === undefined || bytes.length < end || (mustEnd && bytes.length !== end))
      throw new BlobMissingError("gone");
    yield bytes.subarray(start, end);
  }

  async delete(id: string) {
    this.bytes.delete(id);
  }

  async *list() {
    yield* this.bytes.keys();
  }
}

interface Stocked extends EngineFixture {
  readonly blobs: OpenBlobs;
  readonly service: KeyServiceFixture;
}

/** Of each scheme: an empty object, a small one, one of two chunks; two parts of an upload, an object of two parts. */
async function stock(inlineBytes: number): Promise<Stocked> {
  const service = new KeyServiceFixture();
  const fixture = createEngineFixture({ inlineBytes, minPartBytes: 1 }, service);
  const blobs = new OpenBlobs();
  Object.assign(fixture.engine, { blobs });
  await fixture.store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  await fixture.store.setVersioning("b", "enabled");
  for (const [name, plan, keys] of SCHEMES) {
    const common = { ...attributes, bucket: "b", ownerId: "owner", plan, keys } as const;
    const put = (objectKey: string, size: number) =>
      fixture.store.putObject({
        ...common,
        objectKey,
        body: bodyOf(randomBytes(size)),
        integrity: {},
        conditions: {},
      });
    for (const [objectKey, size] of [
      ["empty", 0],
      ["small", 10],
      ["large", 70_000],
      ["large", 70_000],
    ] as const) {
      await put(`${name}/${objectKey}`, size);
    }
    for (const objectKey of [`${name}/open`, `${name}/parts`]) {
      const { uploadId } = await fixture.store.createMultipartUpload({
        ...common,
        objectKey,
        initiatorId: "owner",
        checksumAlgorithm: null,
        checksumType: null,
      });
      const parts = [];
      for (const partNumber of [1, 2]) {
        const body = bodyOf(randomBytes(70_000));
        const part = { bucket: "b", objectKey, uploadId, partNumber, body, integrity: {}, keys };
        parts.push({ partNumber, etag: (await fixture.store.uploadPart(part)).etag });
      }
      if (objectKey.endsWith("open")) continue;
      await fixture.store.completeMultipartUpload({
        bucket: "b",
        objectKey,
        uploadId,
        parts,
        conditions: {},
      });
    }
  }
  return { ...fixture, blobs, service };
}

async function verifyAll(stocked: Stocked, records = 3, keys: RequestKeys = system) {
  const findings: Finding[] = [];
  let counts: VerifyCounts = emptyCounts();
  let cursor: VerifyCursor | null = FIRST_VERIFY_CURSOR;
  while (cursor !== null) {
    const setup = { engine: stocked.engine, keys, pace: async () => {} };
    const step = await verifyStep(setup, cursor, { records, bytes: 1 << 30 });
    findings.push(...step.findings);
    counts = joinCounts(counts, step.counts);
    cursor = step.next;
  }
  return { findings, counts };
}

/** The one stored body of an object. */
async function bodyAt({ engine }: Stocked, objectKey: string): Promise<SealedBody> {
  const stored = await engine.index.get(currentKey("b", objectKey));
  const record = stored === null ? null : decodeChain(stored.value);
  assert.ok(record?.kind === "version" && !("layout" in record.body));
  return record.body;
}

test("[L-20] a whole store reports nothing bad, whatever the step, and says how deep it looked", async () => {
  for (const inlineBytes of [0, 1 << 20]) {
    const stocked = await stock(inlineBytes);
    const { findings, counts } = await verifyAll(stocked);
    assert.deepEqual(findings, []);
    assert.deepEqual((await verifyAll(stocked, 1000)).counts, counts);
    assert.deepEqual(counts.tallies.map(({ scheme }) => scheme).sort(), [
      "dsse-kms",
      "sse-c",
      "sse-kms",
      "sse-s3",
    ]);
    for (const tally of counts.tallies) {
      const of = tally.scheme === "sse-kms" ? 2 : 1;
      assert.deepEqual([tally.versions, tally.uploads, tally.bodies, tally.bad], [5 * of, of, 8 * of, 0]);
      assert.equal(tally.scheme === "sse-c" ? tally.digest : tally.opened, tally.bodies);
    }
    assert.deepEqual(counts.unavailable, [{ key: "customer's key", reason: "customer's key", bodies: 8 }]);
  }
});

for (const [name, , keys] of SCHEMES) {
  test(`[L-23] [L-25] ${name}: a flipped byte, a cut, an exchange and a removal are each found and named`, async () => {
    const stocked = await stock(0);
    const { blobs } = stocked;
    const id = (await bodyAt(stocked, `${name}/large`)).location.id;
    const whole = Buffer.from(blobs.bytes.get(id) ?? []);
    const other = blobs.bytes.get(
      (await bodyAt(stocked, `${name === "sse-c" ? "sse-s3" : "sse-c"}/large`)).location.id,
    );
    const flipped = (at: number): Buffer => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };
    const cases: readonly (readonly [string, Buffer | undefined, readonly string[]])[] = [
      ["format", flipped(1), ["bytes-altered"]],
      ["salt", flipped(20), ["bytes-altered", "bytes-foreign"]],
      ["first chunk", flipped(100), ["bytes-altered"]],
      ["last tag", flipped(whole.length - 1), ["bytes-altered"]],
      ["cut", whole.subarray(0, -1), ["bytes-missing"]],
      ["longer", Buffer.concat([whole, Buffer.of(0)]), ["bytes-missing"]],
      ["foreign", other, ["bytes-altered", "bytes-foreign", "bytes-missing"]],
      ["removed", undefined, ["bytes-missing"]],
    ];
    for (const [what, bytes, problems] of cases) {
      if (bytes === undefined) blobs.bytes.delete(id);
      else blobs.bytes.set(id, Buffer.from(bytes));
      const { findings, counts } = await verifyAll(stocked);
      assert.equal(findings.length, 1, `${what}: ${JSON.stringify(findings)}`);
      const [finding] = findings;
      assert.ok(problems.includes(finding?.problem ?? ""), `${what}: ${finding?.problem}`);
      assert.equal(finding?.objectKey, `${name}/large`);
      assert.match(finding?.versionId ?? "", /^[\w.]{32}$/);
      assert.equal(
        counts.tallies.reduce((sum, { bad }) => sum + bad, 0),
        1,
      );
      blobs.bytes.set(id, whole);
    }
    assert.notEqual(keys, null);
  });
}

test("[L-22] a wrapped key moved to another object does not fit, and is named with its master key", async () => {
  const stocked = await stock(0);
  const { index } = stocked.engine;
  const key = currentKey("b", "sse-s3/small");
  const stored = await index.get(key);
  const record = stored === null ? null : decodeChain(stored.value);
  assert.ok(record?.kind === "version" && !("layout" in record.body));
  const { encryptedDataKey } = await bodyAt(stocked, "sse-s3/large");
  const value = encodeChain({ ...record, body: { ...record.body, encryptedDataKey } });
  await index.commit({ puts: [{ key, value }] });
  const { findings } = await verifyAll(stocked);
  assert.deepEqual(
    findings.map(({ problem, objectKey, key: under }) => [problem, objectKey, under]),
    [["key-altered", "sse-s3/small", "master key 1"]],
  );
});

for (const [what, reason] of [
  ["disabled", "DisabledException"],
  ["away", "KeyUnavailableException"],
] as const)
  test(`a key that is ${what}: what hangs on it is looked at without it, said to be, and not called bad`, async () => {
    const stocked = await stock(0);
    const keyArn = "arn:aws:kms:us-east-1:111111111111:key/k1";
    stocked.service[what].add(keyArn);
    stocked.service.generationCount++;
    const { findings, counts } = await verifyAll(stocked);
    assert.deepEqual(findings, []);
    const kms = counts.tallies.filter(({ scheme }) => scheme.includes("kms"));
    for (const tally of kms) assert.deepEqual([tally.opened, tally.form], [0, tally.bodies]);
    assert.deepEqual(
      counts.unavailable.find(({ key }) => key === keyArn),
      {
        key: keyArn,
        reason,
        bodies: 24,
      },
    );
    stocked.blobs.bytes.delete((await bodyAt(stocked, "dsse-kms/small")).location.id);
    assert.equal((await verifyAll(stocked)).findings[0]?.problem, "bytes-missing");
  });

test("an object that is replaced while it is looked at is never reported", async () => {
  const stocked = await stock(0);
  const { blobs, store } = stocked;
  const victim = (await bodyAt(stocked, "sse-s3/large")).location.id;
  const read = blobs.read.bind(blobs);
  blobs.read = async function* (id, start, end, mustEnd) {
    if (id === victim && blobs.bytes.delete(id))
      await store.deleteObject({
        bucket: "b",
        objectKey: "sse-s3/large",
        versionId: await newest(stocked),
        ownerId: "owner",
      });
    yield* read(id, start, end, mustEnd);
  };
  assert.deepEqual((await verifyAll(stocked)).findings, []);
});

async function newest({ store }: Stocked): Promise<string> {
  return (await store.readVersion({ bucket: "b", objectKey: "sse-s3/large" })).versionId;
}

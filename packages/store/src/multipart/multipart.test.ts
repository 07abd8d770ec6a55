import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { attributes, bodyOf, createEngineFixture, type EngineFixture, putInput } from "../engine-fixture.ts";
import { StoreError } from "../store-error.ts";
import { sweep } from "../sweep.ts";

const limits = { minPartBytes: 10, inlineBytes: 100, partGraceMs: 1000 };
const selector = { bucket: "b", objectKey: "k" };

async function begin(fixture: EngineFixture): Promise<string> {
  await fixture.store.createBucket({ bucket: "b", ownerId: "o", region: "r" });
  return create(fixture);
}

async function create({ store }: EngineFixture): Promise<string> {
  const upload = await store.createMultipartUpload({
    ...attributes,
    ...selector,
    ownerId: "o",
    initiatorId: "o",
    plan: { scheme: "sse-s3" },
    checksumAlgorithm: null,
    checksumType: null,
  });
  return upload.uploadId;
}

async function put(
  { store }: EngineFixture,
  uploadId: string,
  partNumber: number,
  body: Uint8Array,
): Promise<string> {
  const part = await store.uploadPart({
    ...selector,
    uploadId,
    partNumber,
    body: bodyOf(body),
    integrity: {},
  });
  return part.etag;
}

const blobCount = async ({ engine }: EngineFixture): Promise<number> =>
  (await Array.fromAsync(engine.blobs.list())).length;
const payloadCount = async ({ engine }: EngineFixture): Promise<number> =>
  (await engine.index.listPayloads("", 1000)).length;
const code = (expected: string) => (error: unknown) => error instanceof StoreError && error.code === expected;

test("completing joins the listed parts, any range crosses parts, and the rest is removed [L-32] [L-74] [L-77]", async () => {
  const fixture = createEngineFixture(limits);
  const uploadId = await begin(fixture);
  const bodies = [randomBytes(70_000), randomBytes(10), randomBytes(131_072), randomBytes(3)];
  const etags: string[] = [];
  for (const [at, body] of bodies.entries()) etags.push(await put(fixture, uploadId, at * 2 + 1, body));
  await put(fixture, uploadId, 2, randomBytes(5000));
  const version = await fixture.store.completeMultipartUpload({
    ...selector,
    uploadId,
    parts: etags.map((etag, at) => ({ partNumber: at * 2 + 1, etag })),
    conditions: {},
  });
  await fixture.settled();
  const whole = Buffer.concat(bodies);
  const md5s = Buffer.concat(bodies.map((body) => createHash("md5").update(body).digest()));
  assert.equal(version.etag, `${createHash("md5").update(md5s).digest("hex")}-4`);
  assert.equal(version.sizeBytes, whole.length);
  assert.equal(version.partCount, 4);
  assert.equal(version.checksum?.algorithm, "CRC64NVME");
  const opened = await fixture.store.openObject(selector);
  let checked = 0;
  for (const start of [0, 1, 65_535, 69_999, 70_000, 70_010, 201_081, whole.length - 1]) {
    for (const end of [start + 1, start + 11, start + 70_000, whole.length]) {
      if (end > whole.length) continue;
      const got = Buffer.concat(await Array.fromAsync(opened.read(start, end)));
      assert.ok(got.equals(whole.subarray(start, end)), `${start}-${end}`);
      checked++;
    }
  }
  assert.ok(checked > 20);
  assert.equal(await blobCount(fixture), 2);
  assert.equal(await payloadCount(fixture), 2);
  assert.deepEqual(
    opened.parts.map(({ partNumber }) => partNumber),
    [1, 3, 5, 7],
  );
});

test("a part uploaded again replaces the first and shares no key with it [L-2]", async () => {
  const fixture = createEngineFixture(limits);
  const uploadId = await begin(fixture);
  await put(fixture, uploadId, 1, randomBytes(5000));
  const etag = await put(fixture, uploadId, 1, Buffer.alloc(5000, 7));
  await fixture.settled();
  assert.equal(await blobCount(fixture), 1);
  await fixture.store.completeMultipartUpload({
    ...selector,
    uploadId,
    parts: [{ partNumber: 1, etag }],
    conditions: {},
  });
  const opened = await fixture.store.openObject(selector);
  assert.ok(Buffer.concat(await Array.fromAsync(opened.read(0, 5000))).equals(Buffer.alloc(5000, 7)));
});

test("aborting, overwriting and deleting leave no byte behind after the sweep [L-78]", async () => {
  const fixture = createEngineFixture(limits);
  const aborted = await begin(fixture);
  await put(fixture, aborted, 1, randomBytes(5000));
  await put(fixture, aborted, 2, randomBytes(50));
  await fixture.store.abortMultipartUpload({ ...selector, uploadId: aborted });
  await assert.rejects(put(fixture, aborted, 3, randomBytes(50)), code("NoSuchUpload"));
  const uploadId = await create(fixture);
  const etag = await put(fixture, uploadId, 1, randomBytes(5000));
  await fixture.store.completeMultipartUpload({
    ...selector,
    uploadId,
    parts: [{ partNumber: 1, etag }],
    conditions: {},
  });
  await fixture.store.putObject(putInput("b", "k", randomBytes(5000)));
  await fixture.store.deleteObject({ ...selector, ownerId: "o" });
  await fixture.settled();
  fixture.clock.advance(2000);
  await sweep(fixture.engine);
  await fixture.settled();
  assert.equal(await blobCount(fixture), 0);
  assert.equal(await payloadCount(fixture), 0);
  await fixture.store.deleteBucket("b");
});

test("complete refuses wrong order, unknown parts, small parts and stale etags; nothing is changed", async () => {
  const fixture = createEngineFixture(limits);
  const uploadId = await begin(fixture);
  const one = await put(fixture, uploadId, 1, randomBytes(5));
  const two = await put(fixture, uploadId, 2, randomBytes(50));
  const complete = (parts: { partNumber: number; etag: string }[]): Promise<unknown> =>
    fixture.store.completeMultipartUpload({ ...selector, uploadId, parts, conditions: {} });
  await assert.rejects(
    complete([
      { partNumber: 2, etag: two },
      { partNumber: 1, etag: one },
    ]),
    code("InvalidPartOrder"),
  );
  await assert.rejects(complete([{ partNumber: 1, etag: two }]), code("InvalidPart"));
  await assert.rejects(complete([{ partNumber: 3, etag: two }]), code("InvalidPart"));
  await assert.rejects(
    complete([
      { partNumber: 1, etag: one },
      { partNumber: 2, etag: two },
    ]),
    code("EntityTooSmall"),
  );
  await complete([{ partNumber: 2, etag: two }]);
  await complete([{ partNumber: 2, etag: two }]);
});

test("deleting a bucket aborts its uploads; versions keep it from being deleted", async () => {
  const fixture = createEngineFixture(limits);
  const uploadId = await begin(fixture);
  await put(fixture, uploadId, 1, randomBytes(5000));
  await fixture.store.putObject(putInput("b", "k", "x"));
  await assert.rejects(fixture.store.deleteBucket("b"), code("BucketNotEmpty"));
  assert.equal(
    (await fixture.store.listUploadParts({ ...selector, uploadId, afterPartNumber: 0, limit: 9 })).parts
      .length,
    1,
  );
  await fixture.store.deleteObject({ ...selector, ownerId: "o" });
  await fixture.store.deleteBucket("b");
  await fixture.settled();
  assert.equal(await blobCount(fixture), 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyServiceFixture, keysOf } from "../encryption/key-service-fixture.ts";
import { attributes, bodyOf, createEngineFixture, putInput } from "../engine-fixture.ts";
import { currentKey } from "../record-keys.ts";
import { FIRST_CURSOR, type RewrapCursor } from "./rewrap.ts";
import { type KmsRewrapping, rewrapKmsStep } from "./rewrap-kms.ts";
import { firstSurvey, kmsKeySurvey, type SurveyCursor, surveyStep } from "./survey.ts";

const alice = keysOf("alice");
const OLD = "arn:aws:kms:us-east-1:111111111111:key/old";

function setUp() {
  const keyService = new KeyServiceFixture();
  const fixture = createEngineFixture({ inlineBytes: 100, minPartBytes: 1 }, keyService);
  const rewrapping: KmsRewrapping = {
    isOld: ({ keyArn }) => keyArn === OLD,
    wrapAnew: ({ wrappedKey }, context) => keyService.reEncrypt(wrappedKey, "new", context),
  };
  return { ...fixture, keyService, rewrapping };
}

async function pass({ engine, rewrapping }: ReturnType<typeof setUp>, limit = 2) {
  const total = { looked: 0, wrapped: 0, locked: 0, unreadable: 0 };
  for (let cursor: RewrapCursor | null = FIRST_CURSOR; cursor !== null; ) {
    const { next, ...step } = await rewrapKmsStep(engine, rewrapping, cursor, limit);
    for (const name of ["looked", "wrapped", "locked", "unreadable"] as const) total[name] += step[name];
    cursor = next;
  }
  return total;
}

async function left({ engine, rewrapping }: ReturnType<typeof setUp>): Promise<number> {
  const survey = kmsKeySurvey(rewrapping.isOld);
  let below = 0;
  for (let cursor: SurveyCursor | null = firstSurvey(survey); cursor !== null; ) {
    const step = await surveyStep(engine, survey, cursor, 2);
    below += step.below;
    cursor = step.next;
  }
  return below;
}

test("whatever hangs on one KMS key hangs on another after a pass, and reads as before with the first one gone", async () => {
  const setup = setUp();
  const { store, keyService } = setup;
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  await store.setVersioning("b", "enabled");
  const texts = new Map<string, string>();
  const sse = { scheme: "sse-kms", keyId: OLD, context: { a: "b" } } as const;
  const dsse = { scheme: "dsse-kms", keyId: OLD, context: {} } as const;
  for (const [at, plan] of [{ ...sse, bucketKey: false }, { ...sse, bucketKey: true }, dsse].entries()) {
    for (const text of [`small ${at}`, `large ${at} `.repeat(40)]) {
      const put = { ...putInput("b", `k${at}`, text), plan, keys: alice };
      texts.set((await store.putObject(put)).versionId, `k${at} ${text}`);
    }
  }
  const plain = await store.putObject(putInput("b", "plain", "a master key"));
  texts.set(plain.versionId, "plain a master key");
  const selector = { bucket: "b", objectKey: "parts" };
  const upload = { ...attributes, ...selector, ownerId: "owner", initiatorId: "owner", plan: dsse };
  const options = { checksumAlgorithm: null, checksumType: null, keys: alice };
  const { uploadId } = await store.createMultipartUpload({ ...upload, ...options });
  const parts = [];
  for (const partNumber of [1, 2]) {
    // The second part is sent after the upload moved.
    if (partNumber === 2)
      assert.deepEqual(await pass(setup), { looked: 7, wrapped: 7, locked: 0, unreadable: 0 });
    const part = { ...selector, uploadId, partNumber, body: bodyOf("part"), integrity: {}, keys: alice };
    parts.push({ partNumber, etag: (await store.uploadPart(part)).etag });
  }
  const done = await store.completeMultipartUpload({ ...selector, uploadId, parts, conditions: {} });
  texts.set(done.versionId, "parts partpart");
  assert.equal(await left(setup), 0);
  assert.deepEqual(await pass(setup), { looked: 7, wrapped: 0, locked: 0, unreadable: 0 });
  keyService.disabled.add(OLD);
  for (const [versionId, text] of texts) {
    const objectKey = text.slice(0, text.indexOf(" "));
    const opened = await store.openObject({ bucket: "b", objectKey, versionId, keys: alice });
    const bytes = Buffer.concat(await Array.fromAsync(opened.read(0, opened.version.sizeBytes)));
    assert.equal(`${objectKey} ${bytes}`, text);
  }
});

test("a lock keeps its key, what does not open is counted, and a refusal of the key service ends the step", async () => {
  const setup = setUp();
  const { clock, engine, store, keyService } = setup;
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  await store.setVersioning("b", "enabled");
  await store.setObjectLock("b", { defaultRetention: null });
  const plan = { scheme: "sse-kms", keyId: OLD, context: {}, bucketKey: false } as const;
  const retention = { mode: "COMPLIANCE", retainUntilMs: clock.nowMs() + 1_000 } as const;
  await store.putObject({ ...putInput("b", "locked", "x"), plan, keys: alice, retention });
  await store.putObject({ ...putInput("b", "free", "x"), plan, keys: alice });
  const stored = await engine.index.get(currentKey("b", "free"));
  assert.ok(stored !== null);
  // Under another name its context does not fit.
  await engine.index.commit({ puts: [{ key: currentKey("b", "moved"), value: stored.value }] });
  assert.deepEqual(await pass(setup), { looked: 1, wrapped: 1, locked: 1, unreadable: 1 });
  assert.equal(await left(setup), 2);
  clock.advance(2_000);
  keyService.disabled.add("arn:aws:kms:us-east-1:111111111111:key/new");
  await assert.rejects(pass(setup), { code: "DisabledException" });
});

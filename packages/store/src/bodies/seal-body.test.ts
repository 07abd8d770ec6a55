import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createEngineFixture, putInput } from "../engine-fixture.ts";

test("a large body that is not what its sender claimed leaves nothing behind", async () => {
  const { engine, store } = createEngineFixture({ inlineBytes: 100 });
  await store.createBucket({ bucket: "b", ownerId: "o", region: "r" });
  const text = "x".repeat(5_000);
  const wrong = createHash("md5").update("other").digest();
  const put = putInput("b", "k", text);
  const claims = [
    { integrity: { contentMd5: wrong }, code: "BadDigest" },
    { integrity: { sizeBytes: text.length + 1 }, code: "IncompleteBody" },
  ];
  for (const { integrity, code } of claims) {
    await assert.rejects(store.putObject({ ...put, integrity }), { code });
    assert.deepEqual(await Array.fromAsync(engine.blobs.list()), []);
    await assert.rejects(store.openObject({ bucket: "b", objectKey: "k" }), { code: "NoSuchKey" });
  }
});

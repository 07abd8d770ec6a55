import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngineFixture, putInput, readAll } from "./engine-fixture.ts";
import type { Index } from "./index/index-port.ts";
import { sweep } from "./sweep.ts";

const LARGE = Buffer.alloc(200_000, "large");

/** `index` as it was before, for everybody, until somebody commits: as LMDB shows it when a writer is killed in its commit. */
function unsettled(index: Index, before: Index): Index {
  let isSettled = false;
  const shown = (): Index => (isSettled ? index : before);
  return {
    get: (key) => shown().get(key),
    list: (range) => shown().list(range),
    listTogether: (ranges) => shown().listTogether(ranges),
    commit: (batch) => {
      isSettled = true;
      return index.commit(batch);
    },
    lastCommit: () => shown().lastCommit(),
    readPayload: (id) => shown().readPayload(id),
    listPayloads: (afterId, limit) => shown().listPayloads(afterId, limit),
    close: () => index.close(),
  };
}

test("[L-132] what a writer committed as it was killed keeps its blob, though nobody saw the commit yet", async () => {
  const { engine, store } = createEngineFixture();
  const empty = createEngineFixture().engine.index;
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  await store.putObject(putInput("b", "k", LARGE));
  const result = await sweep({ ...engine, index: unsettled(engine.index, empty) });
  assert.deepEqual(result, { uploadsCleared: 0, blobsChecked: 1, blobsRemoved: 0 });
  assert.ok((await readAll(store, "b", "k")) === LARGE.toString());
});

test("what nobody refers to is removed, and nothing else", async () => {
  const { engine, store } = createEngineFixture();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "us-east-1" });
  await store.putObject(putInput("b", "k", LARGE));
  await engine.blobs.write(
    (async function* () {
      yield LARGE;
    })(),
  );
  assert.equal((await sweep(engine)).blobsRemoved, 1);
  assert.equal((await sweep(engine)).blobsChecked, 1);
  assert.ok((await readAll(store, "b", "k")) === LARGE.toString());
});

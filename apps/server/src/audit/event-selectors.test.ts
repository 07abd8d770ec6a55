import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryRecordStore } from "@strongroom/base";
import { EventSelectors } from "./event-selectors.ts";

test("objects are selected by prefix and by kind of call, and a change holds at once for every process", async () => {
  let commits = 0;
  const store = new MemoryRecordStore();
  const records = {
    get: store.get.bind(store),
    find: store.find.bind(store),
    change: store.change.bind(store),
    list: store.list.bind(store),
    page: store.page.bind(store),
    commit: (...parameters: Parameters<typeof store.commit>) => {
      commits += 1;
      return store.commit(...parameters);
    },
    lastCommit: () => commits,
  };
  const [here, elsewhere] = [new EventSelectors(records), new EventSelectors(records)];
  const read = { bucket: "a", objectKey: "logs/1", readOnly: true };
  assert.equal(await elsewhere.isSelected(read), false);
  await here.replace([{ readWriteType: "ReadOnly", prefixes: ["arn:aws:s3:::a/logs/"] }]);
  for (const selectors of [here, elsewhere]) {
    assert.equal(await selectors.isSelected(read), true);
    assert.equal(await selectors.isSelected({ ...read, readOnly: false }), false);
    assert.equal(await selectors.isSelected({ ...read, objectKey: "other" }), false);
    assert.equal(await selectors.isSelected({ ...read, bucket: "ab" }), false);
  }
  // Once nothing changes, the answer comes without waiting.
  assert.equal(here.isSelected(read), true);
});

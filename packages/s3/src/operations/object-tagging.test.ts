import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteObject } from "./delete-object.ts";
import { deleteObjectTagging } from "./delete-object-tagging.ts";
import { Bench, BUCKET } from "./exchange-fixture.ts";
import { getObjectTagging } from "./get-object-tagging.ts";
import { putObject } from "./put-object.ts";
import { putObjectTagging } from "./put-object-tagging.ts";

const tagging = (tags: Readonly<Record<string, string>>) =>
  `<Tagging><TagSet>${Object.entries(tags)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join("")}</TagSet></Tagging>`;

const tagSet = (text: string) => /<TagSet>(.*)<\/TagSet>/.exec(text)?.[1] ?? "";

test("tags are replaced as a set and removed as a set", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: "1", headers: { "x-amz-tagging": "a=1&a%20b=%C3%A9" } });
  const before = await bench.send(getObjectTagging);
  assert.equal(tagSet(before.text), tagSet(tagging({ a: "1", "a b": "é" })));
  assert.equal((await bench.send(putObjectTagging, { body: tagging({ tag2: "" }) })).status, 200);
  assert.equal(tagSet((await bench.send(getObjectTagging)).text), "<Tag><Key>tag2</Key><Value/></Tag>");
  assert.equal((await bench.send(deleteObjectTagging)).status, 204);
  const after = await bench.send(getObjectTagging);
  assert.match(after.text, /<TagSet(\/>|><\/TagSet>)/);
});

test("tags belong to a version; a delete marker has none, named or not (405)", async () => {
  const bench = await Bench.open();
  await bench.enableVersioning();
  const first = await bench.send(putObject, { body: "1" });
  const versionId = first.headers["x-amz-version-id"] ?? "";
  const second = await bench.send(putObject, { body: "2" });
  const tagged = await bench.send(putObjectTagging, { query: { versionId }, body: tagging({ a: "1" }) });
  assert.equal(tagged.headers["x-amz-version-id"], versionId);
  const current = await bench.send(getObjectTagging);
  assert.equal(current.headers["x-amz-version-id"], second.headers["x-amz-version-id"]);
  const marker = await bench.send(deleteObject);
  const ofMarker = { versionId: marker.headers["x-amz-version-id"] ?? "" };
  for (const query of [{}, ofMarker]) {
    const answers = [
      await bench.send(getObjectTagging, { query }),
      await bench.send(putObjectTagging, { query, body: tagging({}) }),
      await bench.send(deleteObjectTagging, { query }),
    ];
    assert.deepEqual(
      answers.map(({ status, error }) => [status, error?.fields["Method"], error?.fields["ResourceType"]]),
      ["GET", "PUT", "DELETE"].map((method) => [405, method, "DeleteMarker"]),
    );
  }
});

test("tagging what is not there", async () => {
  const bench = await Bench.open();
  const answer = await bench.send(putObjectTagging, { body: tagging({ a: "1" }) });
  assert.equal(answer.error?.code, "NoSuchKey");
  assert.deepEqual(answer.error?.fields, { Key: "key" });
  const read = await bench.send(getObjectTagging);
  assert.deepEqual(read.error?.fields, { Key: `${BUCKET}/key` });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { copyObject } from "./copy-object.ts";
import { type Answer, Bench, BUCKET } from "./exchange-fixture.ts";
import { getObject } from "./get-object.ts";
import { headObject } from "./head-object.ts";
import { putObject } from "./put-object.ts";
import { restoreObject } from "./restore-object.ts";

const DAY_MS = 24 * 3600 * 1000;

async function openWith(storageClass: string): Promise<Bench> {
  const bench = await Bench.open();
  await bench.send(putObject, { body: "body-test", headers: { "x-amz-storage-class": storageClass } });
  return bench;
}

const restore = (bench: Bench, inner = "<Days>2</Days>"): Promise<Answer> =>
  bench.send(restoreObject, { body: `<RestoreRequest>${inner}</RestoreRequest>` });
const copy = (bench: Bench): Promise<Answer> =>
  bench.send(copyObject, { objectKey: "copy", headers: { "x-amz-copy-source": `${BUCKET}/key` } });

test("[L-46] an archived object is not read before it is restored, nor after (recorded)", async () => {
  for (const storageClass of ["GLACIER", "DEEP_ARCHIVE"]) {
    const bench = await openWith(storageClass);
    const refused = await bench.send(getObject);
    assert.equal(refused.error?.code, "InvalidObjectState");
    assert.equal(refused.status, 403);
    assert.deepEqual(refused.error?.fields, { StorageClass: storageClass });
    assert.equal((await copy(bench)).error?.code, "ObjectNotInActiveTierError");
    const head = await bench.send(headObject);
    assert.equal(`${head.status} ${head.headers["x-amz-restore"]}`, "200 undefined");

    assert.equal((await restore(bench)).status, 202);
    const read = await bench.send(getObject);
    assert.equal(read.text, "body-test");
    assert.equal(read.headers["x-amz-storage-class"], storageClass);
    assert.match(
      read.headers["x-amz-restore"] ?? "",
      /^ongoing-request="false", expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT"$/,
    );
    assert.equal((await bench.send(headObject)).headers["x-amz-restore"], read.headers["x-amz-restore"]);
    assert.equal((await copy(bench)).status, 200);
    assert.equal((await restore(bench)).status, 200, "again, while it is restored");

    bench.clock.advance(3 * DAY_MS + 1);
    assert.equal((await bench.send(getObject)).error?.code, "InvalidObjectState");
    assert.equal((await bench.send(headObject)).headers["x-amz-restore"], undefined);
    assert.equal((await restore(bench)).status, 202);
  }
});

test("every other class is read at once and cannot be restored", async () => {
  for (const storageClass of ["STANDARD", "STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING"]) {
    const bench = await openWith(storageClass);
    assert.equal((await bench.send(getObject)).text, "body-test");
    const refused = await restore(bench);
    assert.equal(refused.error?.code, "InvalidObjectState");
    assert.deepEqual(refused.error?.fields, { StorageClass: storageClass });
  }
});

test("a request to restore says for how long, and how fast", async () => {
  const bench = await openWith("DEEP_ARCHIVE");
  for (const tier of ["Standard", "Bulk"]) {
    const inner = `<Days>1</Days><GlacierJobParameters><Tier>${tier}</Tier></GlacierJobParameters>`;
    assert.ok((await restore(bench, inner)).status < 300, tier);
  }
  const cases: readonly [string, string][] = [
    ["", "MalformedXML"],
    ["<Days>0</Days>", "MalformedXML"],
    ["<Days>-1</Days>", "MalformedXML"],
    ["<Days>1e9</Days>", "MalformedXML"],
    ["<Days>1</Days><Tier>Fast</Tier>", "MalformedXML"],
    ["<Days>1</Days><Tier>Expedited</Tier>", "InvalidArgument"],
    ["<Type>SELECT</Type>", "NotImplemented"],
  ];
  for (const [inner, code] of cases) assert.equal((await restore(bench, inner)).error?.code, code, inner);
});

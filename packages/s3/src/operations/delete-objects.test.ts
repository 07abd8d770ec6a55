import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { deleteObjects } from "./delete-objects.ts";
import { Bench } from "./exchange-fixture.ts";
import { headObject } from "./head-object.ts";
import { putObject } from "./put-object.ts";

function remove(bench: Bench, inner: string) {
  const body = `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</Delete>`;
  return bench.send(deleteObjects, { body, headers: { "content-md5": md5(body) } });
}

const md5 = (text: string) => createHash("md5").update(text).digest("base64");
const object = (key: string, more = "") => `<Object><Key>${key}</Key>${more}</Object>`;
const deleted = (text: string) => text.replace(/^<DeleteResult[^>]*>|<\/DeleteResult>$/g, "");

test("each key is told in the order given, whether it was there or not", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { objectKey: "b", body: "1" });
  const answer = await remove(bench, object("a") + object("b"));
  assert.equal(answer.status, 200);
  assert.equal(deleted(answer.text), "<Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted>");
  assert.equal((await bench.send(headObject, { objectKey: "b" })).status, 404);
});

test("Quiet tells errors alone", async () => {
  const bench = await Bench.open();
  const answer = await remove(bench, `<Quiet>true</Quiet>${object("a")}${object("x".repeat(1025))}`);
  assert.match(deleted(answer.text), /^<Error><Key>x+<\/Key><Code>KeyTooLongError<\/Code>/);
});

test("delete markers made and removed, and versions that do not exist, as recorded", async () => {
  const bench = await Bench.open();
  await bench.enableVersioning();
  const put = await bench.send(putObject, { objectKey: "k", body: "1" });
  const versionId = put.headers["x-amz-version-id"];
  const hidden = await remove(bench, object("k"));
  const marker = /<DeleteMarkerVersionId>([^<]+)</.exec(hidden.text)?.[1];
  assert.equal(
    deleted(hidden.text),
    `<Deleted><Key>k</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>${marker}</DeleteMarkerVersionId></Deleted>`,
  );
  const shown = await remove(bench, object("k", `<VersionId>${marker}</VersionId>`));
  assert.equal(
    deleted(shown.text),
    `<Deleted><Key>k</Key><VersionId>${marker}</VersionId><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>${marker}</DeleteMarkerVersionId></Deleted>`,
  );
  const version = await remove(bench, object("k", `<VersionId>${versionId}</VersionId>`));
  assert.equal(deleted(version.text), `<Deleted><Key>k</Key><VersionId>${versionId}</VersionId></Deleted>`);
  const unknown = await remove(bench, object("k", "<VersionId>HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD</VersionId>"));
  assert.equal(
    deleted(unknown.text),
    "<Error><Key>k</Key><VersionId>HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD</VersionId><Code>NoSuchVersion</Code><Message>The specified version does not exist.</Message></Error>",
  );
});

test("a condition fails its own key alone", async () => {
  const bench = await Bench.open();
  for (const objectKey of ["a", "b"]) await bench.send(putObject, { objectKey, body: "1" });
  const answer = await remove(bench, object("a", "<ETag>x</ETag>") + object("b"));
  assert.match(answer.text, /<Error><Key>a<\/Key><Code>PreconditionFailed<\/Code>/);
  assert.match(answer.text, /<Deleted><Key>b<\/Key><\/Deleted>/);
});

test("a list has 1 to 1,000 keys and a digest", async () => {
  const bench = await Bench.open();
  const thousand = Array.from({ length: 1000 }, (_, at) => object(`k${at}`)).join("");
  assert.equal((await remove(bench, thousand)).status, 200);
  assert.equal((await remove(bench, thousand + object("one-more"))).error?.code, "MalformedXML");
  assert.equal((await remove(bench, "")).error?.code, "MalformedXML");
  assert.equal((await remove(bench, "<Object></Object>")).error?.code, "MalformedXML");
  const bare = await bench.send(deleteObjects, { body: `<Delete>${object("a")}</Delete>` });
  assert.equal(
    bare.error?.message,
    "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
  );
});

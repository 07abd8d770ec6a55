import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_BUCKET_ENCRYPTION, printStoredEncryption } from "../http/bucket-encryption.ts";
import { copyObject } from "./copy-object.ts";
import { deleteObject } from "./delete-object.ts";
import { Bench, BUCKET, requestOf } from "./exchange-fixture.ts";
import { getObject } from "./get-object.ts";
import { getObjectTagging } from "./get-object-tagging.ts";
import { headObject } from "./head-object.ts";
import { putObject } from "./put-object.ts";

type Headers = Readonly<Record<string, string>>;

const IDLE =
  "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";

async function withSource(): Promise<Bench> {
  const bench = await Bench.open();
  await bench.send(putObject, {
    objectKey: "source",
    body: "data",
    headers: {
      "content-type": "application/json",
      "x-amz-meta-key": "value",
      "x-amz-tagging": "key1=value1",
      "x-amz-website-redirect-location": "/elsewhere",
      "x-amz-checksum-crc32": "rfPzYw==",
    },
  });
  return bench;
}

function copyTo(bench: Bench, objectKey: string, headers: Headers = {}, source = "source") {
  return bench.send(copyObject, {
    objectKey,
    headers: { "x-amz-copy-source": `/${BUCKET}/${source}`, ...headers },
  });
}

test("a copy keeps data, metadata and tags, and never the redirect", async () => {
  const bench = await withSource();
  const copy = await copyTo(bench, "target");
  assert.match(copy.text, /<ETag>(&quot;|")8d777f385d3dfec8815d20f7496026dc(&quot;|")<\/ETag>/);
  assert.match(copy.text, /<ChecksumType>FULL_OBJECT<\/ChecksumType><ChecksumCRC32>rfPzYw==</);
  assert.equal(copy.headers["x-amz-server-side-encryption"], "AES256");
  const { text, headers } = await bench.send(getObject, { objectKey: "target" });
  assert.equal(text, "data");
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["x-amz-meta-key"], "value");
  assert.equal(headers["x-amz-tagging-count"], "1");
  assert.equal(headers["x-amz-website-redirect-location"], undefined);
});

test("REPLACE directives replace; without them what the request brings is left aside", async () => {
  const bench = await withSource();
  const brought = {
    "x-amz-meta-key2": "value2",
    "content-type": "text/plain",
    "x-amz-tagging": "key2=value2",
  };
  await copyTo(bench, "kept", brought);
  assert.equal((await bench.send(headObject, { objectKey: "kept" })).headers["x-amz-meta-key2"], undefined);
  const replace = { "x-amz-metadata-directive": "REPLACE", "x-amz-tagging-directive": "REPLACE" };
  await copyTo(bench, "replaced", { ...brought, ...replace });
  const { headers } = await bench.send(headObject, { objectKey: "replaced" });
  assert.equal(headers["x-amz-meta-key"], undefined);
  assert.equal(headers["x-amz-meta-key2"], "value2");
  assert.equal(headers["content-type"], "text/plain");
  const tagging = await bench.send(getObjectTagging, { objectKey: "replaced" });
  assert.match(tagging.text, /<TagSet><Tag><Key>key2<\/Key><Value>value2<\/Value><\/Tag><\/TagSet>/);
  const unknown = await copyTo(bench, "x", { "x-amz-metadata-directive": "replace" });
  assert.equal(unknown.error?.message, "Unknown metadata directive.");
});

test("a copy onto itself must change something (§1.5)", async () => {
  const bench = await withSource();
  for (const headers of [{}, { "x-amz-acl": "private" }, { "x-amz-meta-new": "1" }]) {
    assert.equal((await copyTo(bench, "source", headers)).error?.message, IDLE);
  }
  for (const headers of [
    { "x-amz-storage-class": "STANDARD" },
    { "x-amz-server-side-encryption": "AES256" },
    { "x-amz-website-redirect-location": "/there" },
    { "x-amz-metadata-directive": "REPLACE" },
  ]) {
    assert.equal((await copyTo(bench, "source", headers as Headers)).status, 200);
  }
  await bench.services.store.setBucketConfiguration(
    BUCKET,
    "encryption",
    printStoredEncryption(DEFAULT_BUCKET_ENCRYPTION),
  );
  assert.equal((await copyTo(bench, "source")).status, 200);
});

test("a checksum algorithm of the request is computed for the copy (§4.3 rule 10)", async () => {
  const bench = await withSource();
  const copy = await copyTo(bench, "target", { "x-amz-checksum-algorithm": "SHA256" });
  assert.match(copy.text, /<ChecksumSHA256>[A-Za-z0-9+/]{43}=<\/ChecksumSHA256>/);
});

test("versions of source and target are told apart", async () => {
  const bench = await Bench.open();
  await bench.enableVersioning();
  const first = await bench.send(putObject, { objectKey: "source", body: "1" });
  const versionId = first.headers["x-amz-version-id"] ?? "";
  await bench.send(putObject, { objectKey: "source", body: "2" });
  const restored = await copyTo(bench, "source", {}, `source?versionId=${versionId}`);
  assert.equal(restored.headers["x-amz-copy-source-version-id"], versionId);
  assert.notEqual(restored.headers["x-amz-version-id"], versionId);
  assert.equal((await bench.send(getObject, { objectKey: "source" })).text, "1");
});

test("what is wrong with a source is said of the source", async () => {
  const bench = await Bench.open();
  await bench.enableVersioning();
  const missing = await copyTo(bench, "target");
  assert.deepEqual(missing.error?.fields, { Key: "source" });
  await bench.send(putObject, { objectKey: "source", body: "1" });
  const marker = await bench.send(deleteObject, { objectKey: "source" });
  assert.equal((await copyTo(bench, "target")).error?.code, "NoSuchKey");
  const named = await copyTo(bench, "target", {}, `source?versionId=${marker.headers["x-amz-version-id"]}`);
  assert.equal(
    named.error?.message,
    "The source of a copy request may not specifically refer to a delete marker by version id.",
  );
  const elsewhere = await bench.send(copyObject, { headers: { "x-amz-copy-source": "no-bucket/source" } });
  assert.deepEqual(elsewhere.error?.fields, { BucketName: "no-bucket" });
});

test("conditions on the source and on the target", async () => {
  const bench = await withSource();
  const cases: readonly [Headers, string][] = [
    [{ "x-amz-copy-source-if-match": '"other"' }, "x-amz-copy-source-If-Match"],
    [
      { "x-amz-copy-source-if-none-match": "8d777f385d3dfec8815d20f7496026dc" },
      "x-amz-copy-source-If-None-Match",
    ],
    [
      { "x-amz-copy-source-if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT" },
      "x-amz-copy-source-If-Modified-Since",
    ],
    [
      { "x-amz-copy-source-if-unmodified-since": "Wed, 31 Dec 2025 00:00:00 GMT" },
      "x-amz-copy-source-If-Unmodified-Since",
    ],
  ];
  for (const [headers, condition] of cases) {
    const { error } = await copyTo(bench, "target", headers);
    assert.equal(error?.code, "PreconditionFailed");
    assert.deepEqual(error?.fields, { Condition: condition });
  }
  assert.equal((await copyTo(bench, "target", { "if-none-match": "*" })).status, 200);
  const again = await copyTo(bench, "target", { "if-none-match": "*" });
  assert.deepEqual(again.error?.fields, { Condition: "If-None-Match" });
  const absent = await copyTo(bench, "none", { "if-match": '"x"' });
  assert.deepEqual(absent.error?.fields, { Key: "none" });
});

test("copying asks for the right to read the source and to write the target [L-166]", () => {
  const request = requestOf(copyObject, {
    headers: {
      "x-amz-copy-source": `s/o?versionId=${"v".repeat(32)}`,
      "x-amz-tagging": "a=b",
      "x-amz-tagging-directive": "REPLACE",
    },
  });
  assert.deepEqual(
    copyObject.permissions(request).map(({ action, bucket }) => `${action} ${bucket}`),
    ["s3:GetObjectVersion s", `s3:PutObject ${BUCKET}`, `s3:PutObjectTagging ${BUCKET}`],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteObject } from "./delete-object.ts";
import { Bench, requestOf } from "./exchange-fixture.ts";
import { getObject } from "./get-object.ts";
import { headObject } from "./head-object.ts";
import { putObject } from "./put-object.ts";

const DIGITS = "0123456789";
const DIGITS_ETAG = '"781e5e245d69b566979b86e28d23f2c7"';

test("what is put is got, with system and user metadata, tags counted, class shown", async () => {
  const bench = await Bench.open();
  const put = await bench.send(putObject, {
    body: DIGITS,
    headers: {
      "content-type": "text/plain",
      "content-encoding": "aws-chunked,gzip",
      "cache-control": "no-cache",
      "x-amz-meta-colour": "blue",
      "x-amz-tagging": "a=1&b=",
      "x-amz-storage-class": "STANDARD_IA",
      "x-amz-checksum-crc32": "poTHxg==",
    },
  });
  assert.equal(put.status, 200);
  assert.deepEqual(put.headers, {
    etag: DIGITS_ETAG,
    "x-amz-checksum-crc32": "poTHxg==",
    "x-amz-checksum-type": "FULL_OBJECT",
    "x-amz-server-side-encryption": "AES256",
  });
  const got = await bench.send(getObject);
  assert.equal(got.text, DIGITS);
  assert.deepEqual(got.headers, {
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "content-encoding": "gzip",
    "content-type": "text/plain",
    etag: DIGITS_ETAG,
    "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    "x-amz-meta-colour": "blue",
    "x-amz-server-side-encryption": "AES256",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-tagging-count": "2",
  });
  const head = await bench.send(headObject, { headers: { "x-amz-checksum-mode": "ENABLED" } });
  assert.equal(head.text, "");
  assert.equal(head.headers["content-length"], "10");
  assert.equal(head.headers["x-amz-checksum-crc32"], "poTHxg==");
});

test("CRC64NVME is stored by default, told to the writer and shown to those who ask (§4.3 rules 1, 3, 4)", async () => {
  const bench = await Bench.open();
  const put = await bench.send(putObject, { body: "test-checksum" });
  assert.equal(put.headers["x-amz-checksum-crc64nvme"], "1f2xscCCZCU=");
  assert.equal(put.headers["x-amz-checksum-type"], "FULL_OBJECT");
  const claimed = await bench.send(putObject, {
    body: DIGITS,
    headers: { "x-amz-checksum-crc32": "poTHxg==" },
  });
  assert.equal(claimed.headers["x-amz-checksum-crc64nvme"], undefined);
  assert.equal(claimed.headers["x-amz-checksum-crc32"], "poTHxg==");
  await bench.send(putObject, { body: "test-checksum" });
  const head = await bench.send(headObject, { headers: { "x-amz-checksum-mode": "ENABLED" } });
  assert.equal(head.headers["x-amz-checksum-crc64nvme"], "1f2xscCCZCU=");
  assert.equal((await bench.send(headObject)).headers["x-amz-checksum-crc64nvme"], undefined);
});

test("ranges as recorded: 206, 200 for what is no range, 416 with size and range [L-70]", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: DIGITS });
  const cases: readonly [string, number, string, string | undefined][] = [
    ["bytes=0-8", 206, "012345678", "bytes 0-8/10"],
    ["bytes=1-1", 206, "1", "bytes 1-1/10"],
    ["bytes=1-", 206, "123456789", "bytes 1-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=-15", 206, DIGITS, "bytes 0-9/10"],
    ["bytes=0-100", 206, DIGITS, "bytes 0-9/10"],
    ["bytes=1-0", 200, DIGITS, undefined],
    ["bytes=0-1,3-4", 200, DIGITS, undefined],
    ["0-8", 200, DIGITS, undefined],
  ];
  for (const [range, status, text, contentRange] of cases) {
    const got = await bench.send(getObject, { headers: { range, "x-amz-checksum-mode": "ENABLED" } });
    assert.equal(got.status, status, range);
    assert.equal(got.text, text, range);
    assert.equal(got.headers["content-range"], contentRange, range);
    // The object's checksum is true of all of its bytes alone.
    assert.equal(got.headers["x-amz-checksum-crc64nvme"] !== undefined, text === DIGITS, range);
  }
  for (const range of ["bytes=100-200", "bytes=-0"]) {
    const { error } = await bench.send(getObject, { headers: { range } });
    assert.equal(error?.code, "InvalidRange");
    assert.deepEqual(error?.fields, { ActualObjectSize: "10", RangeRequested: range });
  }
});

test("partNumber of an object written whole: 1 is all of it with 206, others are 416 (§8.32)", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: DIGITS });
  const whole = await bench.send(getObject, { query: { partNumber: "1" } });
  assert.equal(whole.status, 206);
  assert.equal(whole.headers["content-range"], "bytes 0-9/10");
  assert.equal(whole.headers["x-amz-mp-parts-count"], undefined);
  const second = await bench.send(getObject, { query: { partNumber: "2" } });
  assert.equal(second.error?.code, "InvalidPartNumber");
  assert.deepEqual(second.error?.fields, { PartNumberRequested: "2", ActualPartCount: "1" });
  const both = await bench.send(getObject, { query: { partNumber: "1" }, headers: { range: "bytes=0-1" } });
  assert.equal(both.error?.message, "Cannot specify both Range header and partNumber query parameter");
});

test("If-Range: another representation is answered whole", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: DIGITS });
  const same = await bench.send(getObject, { headers: { range: "bytes=0-1", "if-range": DIGITS_ETAG } });
  assert.equal(same.status, 206);
  const other = await bench.send(getObject, { headers: { range: "bytes=0-1", "if-range": '"x"' } });
  assert.equal(other.text, DIGITS);
});

test("read conditions answer 304 with the headers of the object, 412 with the condition", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: DIGITS, headers: { "cache-control": "max-age=1" } });
  const unchanged = await bench.send(getObject, { headers: { "if-none-match": DIGITS_ETAG } });
  assert.equal(unchanged.status, 304);
  assert.equal(unchanged.headers["etag"], DIGITS_ETAG);
  assert.equal(unchanged.headers["cache-control"], "max-age=1");
  const changed = await bench.send(headObject, { headers: { "if-match": '"other"' } });
  assert.equal(changed.status, 412);
  assert.deepEqual(changed.error?.fields, { Condition: "If-Match" });
});

test("response-* parameters answer instead of what is stored; no header can carry other than latin1", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: DIGITS, headers: { "content-type": "text/plain" } });
  const got = await bench.send(getObject, {
    query: { "response-content-type": "image/jpeg", "response-content-disposition": "attachment" },
  });
  assert.equal(got.headers["content-type"], "image/jpeg");
  assert.equal(got.headers["content-disposition"], "attachment");
  const bad = await bench.send(getObject, { query: { "response-cache-control": "—" } });
  assert.equal(bad.error?.message, "Header value cannot be represented using ISO-8859-1.");
  assert.equal(bad.error?.fields["ArgumentName"], "response-cache-control");
});

test("version ids are told in a versioned bucket alone, and null ones only by reads", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: "1" });
  assert.equal((await bench.send(headObject)).headers["x-amz-version-id"], undefined);
  await bench.enableVersioning();
  assert.equal((await bench.send(headObject)).headers["x-amz-version-id"], "null");
  const second = await bench.send(putObject, { body: "2" });
  const id = second.headers["x-amz-version-id"];
  assert.match(id ?? "", /^[A-Za-z0-9._]{32}$/);
  assert.equal((await bench.send(getObject, { query: { versionId: "null" } })).text, "1");
  assert.equal((await bench.send(getObject, { query: { versionId: id ?? "" } })).text, "2");
});

test("bad version ids: empty and malformed are InvalidArgument, unknown is NoSuchVersion", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: "1" });
  const empty = await bench.send(getObject, { query: { versionId: "" } });
  assert.equal(empty.error?.message, "Version id cannot be the empty string");
  const malformed = await bench.send(getObject, { query: { versionId: "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD" } });
  assert.equal(malformed.error?.code, "InvalidArgument");
  assert.equal(malformed.error?.message, "Invalid version id specified");
  for (const versionId of ["short", "a\r\nx-b: y", "—", "\0"]) {
    const refused = await bench.send(getObject, { query: { versionId } });
    assert.deepEqual(refused.error?.fields, { ArgumentName: "versionId", ArgumentValue: versionId });
  }
  await bench.enableVersioning();
  const put = await bench.send(putObject, { body: "2" });
  const versionId = put.headers["x-amz-version-id"] ?? "";
  await bench.send(deleteObject, { query: { versionId } });
  const gone = await bench.send(getObject, { query: { versionId } });
  assert.equal(gone.error?.code, "NoSuchVersion");
  assert.deepEqual(gone.error?.fields, { Key: "key", VersionId: versionId });
});

test("a delete marker hides the key (404) and, named by its id, allows nothing but DELETE (405)", async () => {
  const bench = await Bench.open();
  await bench.enableVersioning();
  await bench.send(putObject, { body: "1" });
  const marker = await bench.send(deleteObject);
  assert.equal(marker.status, 204);
  assert.equal(marker.headers["x-amz-delete-marker"], "true");
  const versionId = marker.headers["x-amz-version-id"] ?? "";
  const hidden = await bench.send(getObject);
  assert.equal(hidden.error?.code, "NoSuchKey");
  assert.equal(hidden.headers["x-amz-delete-marker"], "true");
  assert.equal(hidden.headers["x-amz-version-id"], versionId);
  const named = await bench.send(getObject, { query: { versionId } });
  assert.equal(named.status, 405);
  assert.deepEqual(named.error?.fields, { Method: "GET", ResourceType: "DeleteMarker" });
  const removed = await bench.send(deleteObject, { query: { versionId } });
  assert.equal(removed.headers["x-amz-delete-marker"], "true");
  assert.equal((await bench.send(getObject)).text, "1");
});

test("write conditions: created once, replaced only from what was read", async () => {
  const bench = await Bench.open();
  const first = await bench.send(putObject, { body: "1", headers: { "if-none-match": "*" } });
  assert.equal(first.status, 200);
  const again = await bench.send(putObject, { body: "2", headers: { "if-none-match": "*" } });
  assert.deepEqual(again.error?.fields, { Condition: "If-None-Match" });
  const stale = await bench.send(putObject, { body: "2", headers: { "if-match": '"stale"' } });
  assert.deepEqual(stale.error?.fields, { Condition: "If-Match" });
  const fresh = await bench.send(putObject, {
    body: "2",
    headers: { "if-match": first.headers["etag"] ?? "" },
  });
  assert.equal(fresh.status, 200);
  const missing = await bench.send(putObject, { objectKey: "no", headers: { "if-match": '"x"' } });
  assert.equal(missing.error?.code, "NoSuchKey");
  const deleted = await bench.send(deleteObject, { headers: { "if-match": '"x"' } });
  assert.equal(deleted.error?.code, "PreconditionFailed");
});

test("digests that do not hold store nothing", async () => {
  const bench = await Bench.open();
  const md5 = await bench.send(putObject, {
    body: "1",
    headers: { "content-md5": "CYketZBSTjX8czcs3cXVlg==" },
  });
  assert.equal(md5.error?.code, "BadDigest");
  assert.equal(md5.error?.fields["ExpectedDigest"], "09891eb590524e35fc73372cddc5d596");
  const crc = await bench.send(putObject, { body: "1", headers: { "x-amz-checksum-crc32": "AAAAAA==" } });
  assert.equal(crc.error?.message, "The CRC32 you specified did not match the calculated checksum.");
  assert.equal((await bench.send(headObject)).error?.code, "NoSuchKey");
});

test("keys: 1,024 bytes of UTF-8 are taken, 1,025 and NUL are not", async () => {
  const bench = await Bench.open();
  const longest = "é".repeat(512);
  assert.equal((await bench.send(putObject, { objectKey: longest, body: "1" })).status, 200);
  assert.equal((await bench.send(getObject, { objectKey: longest })).text, "1");
  const tooLong = await bench.send(putObject, { objectKey: `${longest}x` });
  assert.deepEqual(tooLong.error?.fields, { Size: "1025", MaxSizeAllowed: "1024" });
  assert.equal((await bench.send(putObject, { objectKey: "a\0b" })).error?.code, "InvalidURI");
});

test("limits of a put: 5 GiB, 2 KiB of user metadata, known storage classes", async () => {
  const bench = await Bench.open();
  const large = await bench.send(putObject, { headers: { "content-length": String(5 * 1024 ** 3 + 1) } });
  assert.equal(large.error?.code, "EntityTooLarge");
  const full = { "x-amz-meta-a": "x".repeat(2047) };
  assert.equal((await bench.send(putObject, { headers: full })).status, 200);
  const over = await bench.send(putObject, { headers: { ...full, "x-amz-meta-b": "" } });
  assert.deepEqual(over.error?.fields, { Size: "2049", MaxSizeAllowed: "2048" });
  const outposts = await bench.send(putObject, { headers: { "x-amz-storage-class": "OUTPOSTS" } });
  assert.deepEqual(outposts.error?.fields, { StorageClassRequested: "OUTPOSTS" });
});

test("permissions name the version variant when a version is asked for [L-166]", () => {
  const actionFor = (query: Readonly<Record<string, string>>) =>
    getObject.permissions(requestOf(getObject, { query }))[0]?.action;
  assert.equal(actionFor({}), "s3:GetObject");
  assert.equal(actionFor({ versionId: "null" }), "s3:GetObjectVersion");
});

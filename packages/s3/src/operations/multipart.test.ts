import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_BUCKET_ENCRYPTION, printStoredEncryption } from "../http/bucket-encryption.ts";
import { abortMultipartUpload } from "./abort-multipart-upload.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
import { createMultipartUpload } from "./create-multipart-upload.ts";
import { deleteObject } from "./delete-object.ts";
import { type Answer, Bench, BUCKET } from "./exchange-fixture.ts";
import { getObject } from "./get-object.ts";
import { getObjectAttributes } from "./get-object-attributes.ts";
import { headObject } from "./head-object.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import { listParts } from "./list-parts.ts";
import { putObject } from "./put-object.ts";
import { uploadPart } from "./upload-part.ts";
import { uploadPartCopy } from "./upload-part-copy.ts";

type Headers = Readonly<Record<string, string>>;

/** The text of the first element of that name. */
function textOf(answer: Answer, name: string): string {
  const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.text);
  return (match?.[1] ?? "").replaceAll("&quot;", '"');
}

async function begin(bench: Bench, headers: Headers = {}): Promise<string> {
  return textOf(await bench.send(createMultipartUpload, { headers }), "UploadId");
}

function put(bench: Bench, uploadId: string, partNumber: number, body: string, headers: Headers = {}) {
  return bench.send(uploadPart, { query: { uploadId, partNumber: String(partNumber) }, body, headers });
}

function complete(bench: Bench, uploadId: string, parts: readonly string[], headers: Headers = {}) {
  const body = `<CompleteMultipartUpload>${parts.map((part) => `<Part>${part}</Part>`).join("")}</CompleteMultipartUpload>`;
  return bench.send(completeMultipartUpload, { query: { uploadId }, body, headers });
}

function listed(partNumber: number, part: Answer, more = ""): string {
  return `<PartNumber>${partNumber}</PartNumber><ETag>${part.headers["etag"]}</ETag>${more}`;
}

test("an upload from create to complete, read whole, by part and by range", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench, { "x-amz-meta-a": "1", "content-type": "text/plain" });
  const first = await put(bench, uploadId, 1, "hello ");
  const third = await put(bench, uploadId, 3, "world");
  const parts = await bench.send(listParts, { query: { uploadId } });
  assert.equal(textOf(parts, "NextPartNumberMarker"), "3");
  assert.equal(textOf(parts, "IsTruncated"), "false");
  assert.doesNotMatch(parts.text, /Checksum/);
  const done = await complete(bench, uploadId, [listed(1, first), listed(3, third)], { host: "s3.example" });
  assert.equal(done.status, 200);
  assert.equal(textOf(done, "Location"), `https://s3.example/${BUCKET}/key`);
  assert.match(textOf(done, "ETag"), /^"[0-9a-f]{32}-2"$/);
  assert.equal(textOf(done, "ChecksumType"), "FULL_OBJECT");
  assert.notEqual(textOf(done, "ChecksumCRC64NVME"), "");
  assert.equal((await bench.send(getObject)).text, "hello world");
  const part = await bench.send(getObject, { query: { partNumber: "3" } });
  assert.equal(part.text, "world");
  assert.equal(part.headers["x-amz-mp-parts-count"], "2");
  assert.equal(part.headers["content-range"], "bytes 6-10/11");
  assert.equal((await bench.send(getObject, { headers: { range: "bytes=4-7" } })).text, "o wo");
  const missing = await bench.send(headObject, { query: { partNumber: "10" } });
  assert.deepEqual(missing.error?.fields, { PartNumberRequested: "10", ActualPartCount: "2" });
  const again = await complete(bench, uploadId, [listed(1, first), listed(3, third)]);
  assert.equal(textOf(again, "ETag"), textOf(done, "ETag"));
});

test("COMPOSITE: parts keep their digests, the object is digest-of-digests with -N (§4.3 rules 6, 7)", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench, { "x-amz-checksum-algorithm": "CRC32C" });
  const part = await put(bench, uploadId, 1, "test content 123", { "x-amz-checksum-crc32c": "fwuu0Q==" });
  assert.equal(part.headers["x-amz-checksum-crc32c"], "fwuu0Q==");
  assert.equal(part.headers["x-amz-checksum-type"], undefined);
  const bare = await complete(bench, uploadId, [listed(1, part)]);
  assert.equal(
    bare.error?.message,
    "The upload was created using a crc32c checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.",
  );
  const other = `<ChecksumSHA256>${"A".repeat(43)}=</ChecksumSHA256>`;
  const wrongAlgorithm = await complete(bench, uploadId, [listed(1, part, other)]);
  assert.equal(wrongAlgorithm.error?.code, "BadDigest");
  assert.equal(
    wrongAlgorithm.error?.message,
    "The sha256 you specified for part 1 did not match what we received.",
  );
  const wrongValue = await complete(bench, uploadId, [
    listed(1, part, "<ChecksumCRC32C>AAAAAA==</ChecksumCRC32C>"),
  ]);
  assert.equal(wrongValue.error?.code, "InvalidPart");
  assert.equal(wrongValue.error?.fields["PartNumber"], "1");
  const digest = "<ChecksumCRC32C>fwuu0Q==</ChecksumCRC32C>";
  const mode = await complete(bench, uploadId, [listed(1, part, digest)], {
    "x-amz-checksum-type": "FULL_OBJECT",
  });
  assert.equal(
    mode.error?.message,
    "The upload was created using the COMPOSITE checksum mode. The complete request must use the same checksum mode.",
  );
  const done = await complete(bench, uploadId, [listed(1, part, digest)]);
  assert.equal(textOf(done, "ChecksumCRC32C"), "sZB91Q==-1");
  const read = await bench.send(getObject, {
    query: { partNumber: "1" },
    headers: { "x-amz-checksum-mode": "ENABLED" },
  });
  assert.equal(read.headers["x-amz-checksum-crc32c"], "fwuu0Q==");
  assert.equal(read.headers["x-amz-checksum-type"], "COMPOSITE");
  const told = await bench.send(getObjectAttributes, {
    headers: { "x-amz-object-attributes": "ETag, Checksum,ObjectParts" },
  });
  assert.equal(textOf(told, "ETag"), "b972025bc34adf8d76d6d51e93c035cc-1");
  assert.match(told.text, /<Checksum><ChecksumCRC32C>sZB91Q==<\/ChecksumCRC32C>/);
  assert.match(told.text, /<PartNumber>1<\/PartNumber><Size>16<\/Size><ChecksumCRC32C>fwuu0Q==</);
});

test("FULL_OBJECT: the CRC of the whole, claimed or not (§4.3 rule 8, §4.4)", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench, {
    "x-amz-checksum-algorithm": "CRC32C",
    "x-amz-checksum-type": "FULL_OBJECT",
  });
  const part = await put(bench, uploadId, 1, "abc");
  const right = { "x-amz-checksum-crc32c": "Nks/tw==" };
  const whole = { "x-amz-checksum-type": "FULL_OBJECT" };
  for (const headers of [
    { ...whole, "x-amz-checksum-crc32c": "AAAAAA==" },
    { ...whole, "x-amz-checksum-crc32": "AAAAAA==" },
    { "x-amz-checksum-crc32c": "AAAAAA==-1" },
    { "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=" },
    right,
  ]) {
    const wrong = await complete(bench, uploadId, [listed(1, part)], headers as Headers);
    assert.equal(wrong.error?.code, "BadDigest");
    assert.equal(wrong.error?.message, "The crc32c you specified did not match the calculated checksum.");
  }
  const done = await complete(bench, uploadId, [listed(1, part)], { ...whole, ...right });
  assert.equal(textOf(done, "ChecksumCRC32C"), "Nks/tw==");
  const told = await bench.send(getObjectAttributes, {
    headers: { "x-amz-object-attributes": "ObjectParts" },
  });
  assert.match(told.text, /<ObjectParts><PartsCount>1<\/PartsCount><\/ObjectParts>/);
});

test("an upload without an algorithm verifies and echoes any digest, and keeps none (§4.3 rule 5)", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench);
  const part = await put(bench, uploadId, 1, "abc", { "x-amz-checksum-crc32c": "Nks/tw==" });
  assert.equal(part.headers["x-amz-checksum-crc32c"], "Nks/tw==");
  const claimed = await complete(bench, uploadId, [
    listed(1, part, "<ChecksumCRC32C>Nks/tw==</ChecksumCRC32C>"),
  ]);
  assert.equal(claimed.error?.code, "InvalidPart");
  for (const type of ["COMPOSITE", "FULL_OBJECT"]) {
    const mode = await complete(bench, uploadId, [listed(1, part)], { "x-amz-checksum-type": type });
    assert.match(mode.error?.message ?? "", /using the null checksum mode/);
  }
  assert.equal((await complete(bench, uploadId, [listed(1, part)])).status, 200);
});

test("checksum of a create: algorithm, type and what goes together (§4.4)", async () => {
  const bench = await Bench.open();
  const answer = (headers: Headers) => bench.send(createMultipartUpload, { headers });
  const unknown = await answer({ "x-amz-checksum-algorithm": "TEST" });
  assert.equal(
    unknown.error?.message,
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
  );
  const alone = await answer({ "x-amz-checksum-type": "COMPOSITE" });
  assert.equal(
    alone.error?.message,
    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
  );
  for (const [algorithm, type] of [
    ["SHA1", "FULL_OBJECT"],
    ["SHA256", "FULL_OBJECT"],
    ["CRC64NVME", "COMPOSITE"],
  ] as const) {
    const bad = await answer({ "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": type });
    assert.equal(
      bad.error?.message,
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  for (const [algorithm, type] of [
    ["CRC32", "COMPOSITE"],
    ["CRC64NVME", "FULL_OBJECT"],
    ["SHA256", "COMPOSITE"],
  ] as const) {
    const { headers } = await answer({ "x-amz-checksum-algorithm": algorithm });
    assert.equal(headers["x-amz-checksum-algorithm"], algorithm);
    assert.equal(headers["x-amz-checksum-type"], type);
  }
});

test("a part's digest must be of the upload's algorithm", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench, { "x-amz-checksum-algorithm": "SHA256" });
  const mismatch = await put(bench, uploadId, 1, "abc", { "x-amz-checksum-crc32": "NSRBwg==" });
  assert.equal(
    mismatch.error?.message,
    "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
  );
});

test("completions that do not hold: order, parts, sizes, the empty list", async () => {
  const bench = await Bench.open({ minPartBytes: 5 });
  const uploadId = await begin(bench);
  const first = await put(bench, uploadId, 1, "data");
  const second = await put(bench, uploadId, 2, "more");
  const order = await complete(bench, uploadId, [listed(2, second), listed(1, first)]);
  assert.equal(order.error?.code, "InvalidPartOrder");
  assert.deepEqual(order.error?.fields, { UploadId: uploadId });
  const unknown = await complete(bench, uploadId, [listed(5, first)]);
  assert.equal(unknown.error?.code, "InvalidPart");
  assert.equal(unknown.error?.fields["ETag"], "8d777f385d3dfec8815d20f7496026dc");
  const small = await complete(bench, uploadId, [listed(1, first), listed(2, second)]);
  assert.equal(small.error?.code, "EntityTooSmall");
  assert.equal(small.error?.fields["ProposedSize"], "4");
  assert.equal((await complete(bench, uploadId, [])).error?.code, "MalformedXML");
  const nothing = await bench.send(completeMultipartUpload, { query: { uploadId } });
  assert.equal(nothing.error?.message, "You must specify at least one part");
  const size = await complete(bench, uploadId, [listed(1, first)], { "x-amz-mp-object-size": "5" });
  assert.equal(
    size.error?.message,
    "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4",
  );
  assert.equal((await complete(bench, uploadId, [listed(1, first)])).status, 200);
});

test("part numbers go from 1 to 10,000", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench);
  for (const partNumber of [-1, 0, 10_001]) {
    const { error } = await put(bench, uploadId, partNumber, "x");
    assert.equal(error?.message, "Part number must be an integer between 1 and 10000, inclusive");
    assert.deepEqual(error?.fields, { ArgumentName: "partNumber", ArgumentValue: String(partNumber) });
  }
  assert.equal((await put(bench, uploadId, 10_000, "x")).status, 200);
});

test("an upload is known by its key and id; aborted, it is gone", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench);
  const query = { uploadId, partNumber: "1" };
  const wrongKey = await bench.send(uploadPart, { objectKey: "other", query });
  assert.equal(wrongKey.error?.code, "NoSuchUpload");
  assert.equal((await bench.send(abortMultipartUpload, { query: { uploadId } })).status, 204);
  for (const answer of [
    await put(bench, uploadId, 1, "x"),
    await bench.send(listParts, { query: { uploadId } }),
    await bench.send(abortMultipartUpload, { query: { uploadId } }),
    await complete(bench, uploadId, ["<PartNumber>1</PartNumber><ETag>x</ETag>"]),
  ]) {
    assert.equal(answer.error?.code, "NoSuchUpload");
    assert.deepEqual(answer.error?.fields, { UploadId: uploadId });
  }
});

test("completion is conditional like a put", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: "there" });
  const uploadId = await begin(bench);
  const part = await put(bench, uploadId, 1, "x");
  const refused = await complete(bench, uploadId, [listed(1, part)], { "if-none-match": "*" });
  assert.deepEqual(refused.error?.fields, { Condition: "If-None-Match" });
  bench.clock.advance(1);
  const replaced = await bench.send(putObject, { body: "there" });
  const ifMatch = { "if-match": replaced.headers["etag"] ?? "" };
  const conflict = await complete(bench, uploadId, [listed(1, part)], ifMatch);
  assert.equal(conflict.status, 409);
  assert.deepEqual(conflict.error?.fields, { Condition: "If-Match", Key: "key" });
  const stale = await complete(bench, uploadId, [listed(1, part)], { "if-match": '"x"' });
  assert.deepEqual(stale.error?.fields, { Condition: "If-Match" });
  assert.equal((await complete(bench, uploadId, [listed(1, part)])).status, 200);
});

test("completion with If-None-Match conflicts with a delete during the upload (recorded)", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: "there" });
  const uploadId = await begin(bench);
  const part = await put(bench, uploadId, 1, "x");
  const nothingThere = { "if-none-match": "*" };
  assert.equal((await complete(bench, uploadId, [listed(1, part)], nothingThere)).status, 412);
  await bench.send(deleteObject);
  const conflict = await complete(bench, uploadId, [listed(1, part)], nothingThere);
  assert.equal(conflict.status, 409);
  assert.deepEqual(conflict.error?.fields, { Condition: "If-None-Match", Key: "key" });
  const again = await begin(bench);
  const anew = await put(bench, again, 1, "x");
  assert.equal((await complete(bench, again, [listed(1, anew)], nothingThere)).status, 200);
});

test("a copied part: whole, by range, and ranges that do not hold, as recorded", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { objectKey: "source", body: "0123456789" });
  const uploadId = await begin(bench);
  const copy = (partNumber: number, more: Headers = {}) =>
    bench.send(uploadPartCopy, {
      query: { uploadId, partNumber: String(partNumber) },
      headers: { "x-amz-copy-source": `${BUCKET}/source`, ...more },
    });
  const whole = await copy(1);
  assert.equal(textOf(whole, "ETag"), '"781e5e245d69b566979b86e28d23f2c7"');
  const part = await copy(2, { "x-amz-copy-source-range": "bytes=0-8" });
  assert.equal(textOf(part, "ETag"), '"22975d8a5ed1b91445f6c55ac121505b"');
  assert.doesNotMatch(part.text, /Checksum/);
  for (const range of ["0-8", "bytes=1-0", "bytes=-2", "bytes=0-1,3-4"]) {
    const { error } = await copy(3, { "x-amz-copy-source-range": range });
    assert.equal(error?.code, "InvalidArgument");
    assert.deepEqual(error?.fields, { ArgumentName: "x-amz-copy-source-range", ArgumentValue: range });
  }
  const beyond = await copy(3, { "x-amz-copy-source-range": "bytes=0-100" });
  assert.equal(beyond.error?.message, "Range specified is not valid for source object of size: 10");
  const outside = await copy(3, { "x-amz-copy-source-range": "bytes=10-20" });
  assert.equal(outside.error?.message, "The specified copy range is invalid for the source object size");
});

test("lists of uploads: order, pages, markers, url encoding", async () => {
  const bench = await Bench.open();
  const start = (objectKey: string) => bench.send(createMultipartUpload, { objectKey });
  const ids = [];
  for (const key of ["a b", "a b", "z/1"]) ids.push(textOf(await start(key), "UploadId"));
  const page = await bench.send(listMultipartUploads, {
    query: { "max-uploads": "1", "encoding-type": "url" },
  });
  assert.equal(textOf(page, "NextKeyMarker"), "a%20b");
  assert.equal(textOf(page, "NextUploadIdMarker"), ids[0]);
  assert.equal(textOf(page, "IsTruncated"), "true");
  const next = await bench.send(listMultipartUploads, {
    query: { "key-marker": "a b", "upload-id-marker": ids[0] ?? "" },
  });
  assert.deepEqual(
    [...next.text.matchAll(/<UploadId>([^<]*)</g)].map((match) => match[1]),
    ids.slice(1),
  );
  assert.equal(textOf(next, "NextUploadIdMarker"), ids[2]);
  const grouped = await bench.send(listMultipartUploads, { query: { delimiter: "/", prefix: "z" } });
  assert.match(grouped.text, /<CommonPrefixes><Prefix>z\/<\/Prefix><\/CommonPrefixes>/);
  const bad = await bench.send(listMultipartUploads, { query: { "encoding-type": "value" } });
  assert.deepEqual(bad.error?.fields, { ArgumentName: "encoding-type", ArgumentValue: "value" });
  const marker = await bench.send(listMultipartUploads, {
    query: { "key-marker": "a", "upload-id-marker": "x" },
  });
  assert.equal(marker.error?.message, "Invalid uploadId marker");
  const foreign = await bench.send(listMultipartUploads, {
    query: { "key-marker": "a b", "upload-id-marker": ids[2] ?? "" },
  });
  assert.deepEqual(foreign.error?.fields, { ArgumentName: "upload-id-marker", ArgumentValue: ids[2] });
  await bench.send(abortMultipartUpload, { objectKey: "a b", query: { uploadId: ids[0] ?? "" } });
  const ended = await bench.send(listMultipartUploads, {
    query: { "key-marker": "a b", "upload-id-marker": ids[0] ?? "" },
  });
  assert.equal(textOf(ended, "UploadId"), ids[1], "an upload that ended still marks its place");
});

test("lists of parts: pages, and markers beyond the end", async () => {
  const bench = await Bench.open();
  const uploadId = await begin(bench);
  assert.equal(textOf(await bench.send(listParts, { query: { uploadId } }), "NextPartNumberMarker"), "0");
  for (const partNumber of [1, 2]) await put(bench, uploadId, partNumber, "data");
  const page = await bench.send(listParts, { query: { uploadId, "max-parts": "1" } });
  assert.equal(textOf(page, "IsTruncated"), "true");
  assert.equal(textOf(page, "NextPartNumberMarker"), "1");
  const beyond = await bench.send(listParts, { query: { uploadId, "part-number-marker": "10" } });
  assert.equal(textOf(beyond, "NextPartNumberMarker"), "0");
  assert.equal(textOf(beyond, "PartNumberMarker"), "10");
  const empty = await bench.send(listParts, {
    query: { uploadId, "part-number-marker": "", "max-parts": "" },
  });
  assert.equal(textOf(empty, "MaxParts"), "1000");
});

test("§2.3 #17 a part's key is blocked before it is looked at, and judged before its upload is looked for", async () => {
  const bench = await Bench.open();
  const name = "x-amz-server-side-encryption-customer";
  const noKey = { [`${name}-algorithm`]: "AES256" };
  const noMethod = { [`${name}-algorithm`]: "x", [`${name}-key`]: "x" };
  const codeOf = async (headers: Headers): Promise<string | undefined> =>
    (await put(bench, "none", 1, "x", headers)).error?.code;
  for (const headers of [noKey, noMethod]) assert.equal(await codeOf(headers), "AccessDenied");
  const open = printStoredEncryption({ ...DEFAULT_BUCKET_ENCRYPTION, blocked: "NONE" });
  await bench.services.store.setBucketConfiguration(BUCKET, "encryption", open);
  assert.equal(await codeOf(noKey), "InvalidArgument");
  assert.equal(await codeOf(noMethod), "InvalidEncryptionAlgorithmError");
  assert.equal(await codeOf({}), "NoSuchUpload");
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { s3Error } from "../errors.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
import { createMultipartUpload } from "./create-multipart-upload.ts";
import { Bench, BUCKET } from "./exchange-fixture.ts";
import { getObjectAttributes } from "./get-object-attributes.ts";
import { headObject } from "./head-object.ts";
import { uploadPart } from "./upload-part.ts";

const C = "x-amz-server-side-encryption-customer";
const customerKey = Buffer.alloc(32, 7);
const TRIO = {
  [`${C}-algorithm`]: "AES256",
  [`${C}-key`]: customerKey.toString("base64"),
  [`${C}-key-md5`]: createHash("md5").update(customerKey).digest("base64"),
};

async function upload(bench: Bench, headers: Readonly<Record<string, string>>) {
  const created = await bench.send(createMultipartUpload, { headers });
  const uploadId = /<UploadId>([^<]*)</.exec(created.text)?.[1] ?? "";
  const { [`x-amz-checksum-algorithm`]: algorithm, ...keys } = headers;
  const digest: Record<string, string> =
    algorithm === undefined ? {} : { "x-amz-checksum-crc32": "y/U6HA==" };
  const part = { query: { uploadId, partNumber: "1" }, body: "12345", headers: { ...keys, ...digest } };
  const { headers: written } = await bench.send(uploadPart, part);
  const claim = algorithm === undefined ? "" : "<ChecksumCRC32>y/U6HA==</ChecksumCRC32>";
  const listed = `<PartNumber>1</PartNumber><ETag>${written["etag"]}</ETag>${claim}`;
  const body = `<CompleteMultipartUpload><Part>${listed}</Part></CompleteMultipartUpload>`;
  return bench.send(completeMultipartUpload, { query: { uploadId }, body, headers: keys });
}

test("§4.3 #5 #11 of an upload under a customer's key, no checksum is made up, and none told at its end", async () => {
  const bench = await Bench.open();
  const unblocked = { algorithm: "AES256", kmsKeyId: null, bucketKeyEnabled: false, blocked: "NONE" };
  await bench.services.store.setBucketConfiguration(BUCKET, "encryption", JSON.stringify(unblocked));
  const mode = { "x-amz-checksum-mode": "ENABLED" };
  const checksumOf = (headers: Readonly<Record<string, string>>) =>
    Object.keys(headers).filter((name) => name.startsWith("x-amz-checksum-"));

  assert.match((await upload(bench, {})).text, /<ChecksumCRC64NVME>/);

  const plain = await upload(bench, TRIO);
  assert.equal(plain.status, 200);
  assert.doesNotMatch(plain.text, /Checksum/);
  assert.deepEqual(checksumOf((await bench.send(headObject, { headers: { ...TRIO, ...mode } })).headers), []);

  const digested = await upload(bench, { ...TRIO, "x-amz-checksum-algorithm": "CRC32" });
  assert.equal(digested.status, 200);
  assert.doesNotMatch(digested.text, /Checksum/);
  const head = await bench.send(headObject, { headers: { ...TRIO, ...mode } });
  assert.deepEqual(checksumOf(head.headers), ["x-amz-checksum-crc32", "x-amz-checksum-type"]);
});

test("§5.1 GetObjectAttributes opens the object for the checksums of its parts as for its own", async () => {
  const bench = await Bench.open();
  await upload(bench, { "x-amz-checksum-algorithm": "CRC32" });
  const attributes = (names: string) =>
    bench.send(getObjectAttributes, { headers: { "x-amz-object-attributes": names } });
  assert.match((await attributes("ObjectParts")).text, /<ChecksumCRC32>/);
  Object.assign(bench.services.store, {
    openObject: async () => {
      throw s3Error("AccessDenied");
    },
  });
  assert.equal((await attributes("Checksum")).error?.code, "AccessDenied");
  assert.equal((await attributes("ObjectParts")).error?.code, "AccessDenied");
  assert.equal((await attributes("ObjectSize,ETag")).status, 200);
});

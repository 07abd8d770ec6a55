import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { xmlTexts } from "../../harness/wire-client.ts";
import { customerHeaders, KEY } from "./customer-keys.ts";
import { blockedTypes, type InputBench, OPEN } from "./input-bench.ts";
import type { Pairs } from "./input-client.ts";
import type { PartTarget } from "./part-entries.ts";

const PART = "a part";
/** Began before customers' keys were blocked. */
const BLOCKED_LATER = "blocks-customer-keys-later";

export interface Uploads {
  readonly underCustomer: PartTarget;
  readonly underCustomerWithChecksums: PartTarget;
  readonly underCustomerBlockedLater: PartTarget;
  readonly underS3: PartTarget;
  readonly underKms: PartTarget;
}

const made = new WeakMap<InputBench, Promise<Uploads>>();

/** Uploads that all rows share, since none of them may change one. */
export function uploadsOf(bench: InputBench): Promise<Uploads> {
  let uploads = made.get(bench);
  if (uploads === undefined) {
    uploads = makeUploads(bench);
    made.set(bench, uploads);
  }
  return uploads;
}

async function makeUploads(bench: InputBench): Promise<Uploads> {
  const trio = customerHeaders(KEY);
  const begin = async (bucket: string, headers: Pairs, ofParts: Pairs): Promise<PartTarget> => {
    const objectKey = `${bench.newPrefix()}upload`;
    const place = { bucket, objectKey };
    const created = await bench.require({ ...place, method: "POST", query: [["uploads", ""]], headers });
    const [uploadId] = xmlTexts(created.body, "UploadId");
    assert.ok(uploadId !== undefined);
    const query: Pairs = [
      ["partNumber", "1"],
      ["uploadId", uploadId],
    ];
    const part = await bench.require({ ...place, method: "PUT", query, headers: ofParts, body: PART });
    return { ...place, uploadId, etag: part.headers.etag ?? "" };
  };
  const checksums: Pairs = [["x-amz-checksum-algorithm", "CRC32"]];
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(PART));
  const checksum: Pairs = [["x-amz-checksum-crc32", crc.toString("base64")]];
  await bench.server.makeBucket(BLOCKED_LATER);
  await bench.putBucketEncryption(BLOCKED_LATER, blockedTypes("NONE"));
  const uploads = {
    underCustomer: await begin(OPEN, trio, trio),
    underCustomerWithChecksums: await begin(OPEN, [...trio, ...checksums], [...trio, ...checksum]),
    underCustomerBlockedLater: await begin(BLOCKED_LATER, trio, trio),
    underS3: await begin(OPEN, [], []),
    underKms: await begin(OPEN, [["x-amz-server-side-encryption", "aws:kms"]], []),
  };
  await bench.putBucketEncryption(BLOCKED_LATER, blockedTypes("SSE-C"));
  return uploads;
}

/** The upload is still under way and holds its first part, and no object came of it. */
export async function assertUntouched(
  bench: InputBench,
  name: keyof Uploads,
  upload: PartTarget,
  what: string,
): Promise<void> {
  const { bucket, objectKey, uploadId, etag } = upload;
  const query = [["uploadId", uploadId]] as const;
  const headers = name.startsWith("underCustomer") ? customerHeaders(KEY) : [];
  const listed = await bench.require({ method: "GET", bucket, objectKey, query, headers });
  const parts = [xmlTexts(listed.body, "PartNumber"), xmlTexts(listed.body, "ETag")];
  assert.deepEqual(parts, [["1"], [etag]], `${what}: the upload was changed`);
  const versions: Pairs = [
    ["versions", ""],
    ["prefix", objectKey],
  ];
  const found = await bench.require({ method: "GET", bucket, query: versions });
  assert.deepEqual(xmlTexts(found.body, "Key"), [], `${what}: the upload became an object`);
  bench.tally.add("uploads found unchanged");
}

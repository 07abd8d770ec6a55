import { readBucket } from "../buckets/read-bucket.ts";
import { NO_KEYS } from "../encryption/request-keys.ts";
import type { Engine } from "../engine.ts";
import type { MultipartUpload } from "../model.ts";
import type { CreateMultipartUploadInput } from "../object-store.ts";
import { lockFields, requireLockable } from "../objects/object-lock.ts";
import { readCurrent } from "../objects/version-chain.ts";
import { uploadKey } from "../record-keys.ts";
import { encodeUpload, type UploadRecord } from "../records.ts";
import { encodeTail, newUid, nextOrder } from "../version-id.ts";
import { toMultipartUpload } from "./read-upload.ts";

/** Fixes attributes and encryption of the object to come. Its uid is drawn now, so parts are bound to it. */
export async function createMultipartUpload(
  engine: Engine,
  input: CreateMultipartUploadInput,
): Promise<MultipartUpload> {
  const { bucket, bucketStored } = await readBucket(engine, input.bucket);
  requireLockable(bucket, input);
  // Only the key is made and kept: each part draws data keys of its own under it.
  const { encryption, keyrings } = await engine.encryptor.begin(input.plan, input.keys ?? NO_KEYS, input);
  keyrings[Symbol.dispose]();
  const current = await readCurrent(engine, input.bucket, input.objectKey);
  const nowMs = engine.clock.nowMs();
  const record: UploadRecord = {
    uid: newUid(),
    order: nextOrder(nowMs, 0),
    initiatedMs: nowMs,
    ownerId: input.ownerId,
    initiatorId: input.initiatorId,
    encryption,
    checksumAlgorithm: input.checksumAlgorithm,
    checksumType: input.checksumType,
    headers: input.headers,
    userMetadata: input.userMetadata,
    tags: input.tags,
    storageClass: input.storageClass,
    accessList: input.accessList ?? null,
    ...lockFields(input),
    hadObject: current?.record.kind === "version",
  };
  const key = uploadKey(input.bucket, input.objectKey, encodeTail(record));
  await engine.index.commit({
    checks: [{ key: bucketStored.key, revision: bucketStored.revision }],
    puts: [{ key, value: encodeUpload(record) }],
  });
  return toMultipartUpload(input.objectKey, record);
}

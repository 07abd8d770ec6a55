import { multipartEtag } from "@strongroom/wire";
import { readBucket } from "../buckets/read-bucket.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import { announcing } from "../events/announce.ts";
import type { StoredVersion } from "../model.ts";
import type { CompleteMultipartUploadInput } from "../object-store.ts";
import { insertVersion } from "../objects/insert-version.ts";
import { lockOfNew } from "../objects/object-lock.ts";
import { refuseEarly, told } from "../objects/put-object.ts";
import { toStoredVersion } from "../objects/stored-version.ts";
import { commitChange, readCurrent } from "../objects/version-chain.ts";
import { garbageKey } from "../record-keys.ts";
import { encodeGarbage, type UploadRecord, type VersionRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { collectGarbage } from "../sweep.ts";
import { parseId } from "../version-id.ts";
import { joinChecksums } from "./join-checksums.ts";
import { readUpload, type UploadEntry } from "./read-upload.ts";
import { layoutOf, readAllParts, type StoredPart, selectParts } from "./select-parts.ts";

/**
 * Makes the listed parts one object, in one commit, without moving a byte: the parts' records stay where they are.
 * Parts that were uploaded and not listed are removed after it.
 */
export async function completeMultipartUpload(
  engine: Engine,
  input: CompleteMultipartUploadInput,
): Promise<StoredVersion> {
  const repeated = await findCompleted(engine, input);
  if (repeated !== null) return repeated;
  await refuseEarly(engine, input.bucket, input.objectKey, input.conditions);
  const { version, leftOver, uid } = await untilCommitted(async () => {
    const entry = await readUpload(engine, input);
    const stored = await readAllParts(engine, entry.upload.uid);
    const chosen = selectParts(input, entry.upload, stored, engine.limits.minPartBytes);
    return commitUpload(engine, input, entry, chosen, stored);
  });
  if (leftOver) engine.later(() => collectGarbage(engine, uid));
  return version;
}

async function commitUpload(
  engine: Engine,
  input: CompleteMultipartUploadInput,
  { upload, uploadStored }: UploadEntry,
  chosen: readonly StoredPart[],
  stored: ReadonlyMap<number, StoredPart>,
): Promise<{ version: StoredVersion; leftOver: boolean; uid: string }> {
  const sizeBytes = chosen.reduce((sum, part) => sum + part.record.body.sizeBytes, 0);
  if (input.sizeBytes !== undefined && input.sizeBytes !== sizeBytes) {
    throw new StoreError(
      "InvalidRequest",
      "invalid",
      `The provided 'x-amz-mp-object-size' header value ${input.sizeBytes} does not match what was computed: ${sizeBytes}`,
    );
  }
  const checksum = joinChecksums(input, upload, chosen);
  const bucketEntry = await readBucket(engine, input.bucket);
  const { change, record } = await insertVersion<VersionRecord>(engine, {
    ...bucketEntry,
    objectKey: input.objectKey,
    conditions: input.conditions,
    record: (place) => ({
      kind: "version",
      uid: upload.uid,
      ...place,
      ownerId: upload.ownerId,
      sizeBytes,
      etag: multipartEtag(chosen.map((part) => part.record.etag)),
      checksum,
      encryption: upload.encryption,
      body: { layout: layoutOf(chosen) },
      headers: upload.headers,
      userMetadata: upload.userMetadata,
      tags: upload.tags,
      storageClass: upload.storageClass,
      accessList: upload.accessList ?? null,
      ...lockOfNew(bucketEntry.bucket, upload, place.modifiedMs),
    }),
  });
  refuseVanished(input, upload);
  change.requireUnchanged({ stored: uploadStored });
  change.deletes.push(uploadStored.key);
  for (const part of chosen) change.requireUnchanged(part);
  const listed = new Set(chosen.map((part) => part.partNumber));
  const leftOver = [...stored.keys()].filter((partNumber) => !listed.has(partNumber));
  if (leftOver.length > 0) {
    const value = encodeGarbage({ sinceMs: 0, partNumbers: leftOver });
    change.puts.push({ key: garbageKey(upload.uid), value });
  }
  change.add({
    puts: announcing(engine, bucketEntry.bucket, input.announce, told(input.objectKey, record)),
  });
  await commitChange(engine, change);
  return {
    version: toStoredVersion(input.objectKey, record, true),
    leftOver: leftOver.length > 0,
    uid: upload.uid,
  };
}

/**
 * If-None-Match finds nothing where there was an object when the upload began: it was deleted meanwhile, and that is
 * a conflict, not a condition that holds (recorded). Throws ConditionalRequestConflict.
 */
function refuseVanished({ conditions }: CompleteMultipartUploadInput, { hadObject }: UploadRecord): void {
  if (conditions.ifNoneMatch === undefined || hadObject !== true) return;
  throw new StoreError(
    "ConditionalRequestConflict",
    "state",
    "The object was deleted while the upload was under way.",
    { condition: "If-None-Match" },
  );
}

/** A client that lost the answer asks again: as long as the object stands as it was completed, it gets it again. */
async function findCompleted(
  engine: Engine,
  input: CompleteMultipartUploadInput,
): Promise<StoredVersion | null> {
  const tail = parseId(input.uploadId);
  if (tail === null) return null;
  const current = await readCurrent(engine, input.bucket, input.objectKey);
  if (current?.record.kind !== "version" || current.record.uid !== tail.uid) return null;
  return toStoredVersion(input.objectKey, current.record, true);
}

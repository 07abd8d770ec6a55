import { readBucket } from "../buckets/read-bucket.ts";
import type { Engine } from "../engine.ts";
import type { IndexRecord } from "../index/index-port.ts";
import type { MultipartUpload, ObjectPart } from "../model.ts";
import type { UploadSelector } from "../object-store.ts";
import { uploadKey } from "../record-keys.ts";
import { decodeUpload, type PartRecord, type UploadRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { encodeTail, parseId, printId } from "../version-id.ts";

export interface UploadEntry {
  readonly upload: UploadRecord;
  readonly uploadStored: IndexRecord;
}

/** Throws NoSuchBucket or NoSuchUpload. */
export async function readUpload(engine: Engine, selector: UploadSelector): Promise<UploadEntry> {
  const tail = parseId(selector.uploadId);
  const stored =
    tail === null
      ? null
      : await engine.index.get(uploadKey(selector.bucket, selector.objectKey, encodeTail(tail)));
  if (stored === null) {
    await readBucket(engine, selector.bucket);
    throw noSuchUpload(selector.uploadId);
  }
  return { upload: decodeUpload(stored.value), uploadStored: stored };
}

export function noSuchUpload(uploadId: string): StoreError {
  return new StoreError(
    "NoSuchUpload",
    "invalid",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { uploadId },
  );
}

export function toMultipartUpload(objectKey: string, record: UploadRecord): MultipartUpload {
  const { uid, order, hadObject: _unshown, ...shown } = record;
  return { ...shown, objectKey, uploadId: printId({ uid, order }) };
}

/** Checksums that the upload did not ask for are kept for the whole object's, but not shown. */
export function toObjectPart(partNumber: number, record: PartRecord, showChecksum: boolean): ObjectPart {
  return {
    partNumber,
    sizeBytes: record.body.sizeBytes,
    etag: record.etag,
    modifiedMs: record.modifiedMs,
    checksum: showChecksum ? record.checksum : null,
  };
}

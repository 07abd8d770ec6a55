import { type Engine, untilCommitted } from "../engine.ts";
import { endOfPrefix } from "../index/index-port.ts";
import { abortMultipartUpload } from "../multipart/abort-multipart-upload.ts";
import {
  type ObjectTable,
  objectKeyOf,
  tablePrefix,
  uploadTail,
  VERSION_TAIL_BYTES,
} from "../record-keys.ts";
import { StoreError } from "../store-error.ts";
import { decodeTail, printId } from "../version-id.ts";
import { readBucket } from "./read-bucket.ts";

const TABLES: readonly ObjectTable[] = ["current", "noncurrent", "upload"];

/** Throws NoSuchBucket, or BucketNotEmpty while a version or marker is left. Uploads in progress are aborted. */
export function deleteBucket(engine: Engine, name: string): Promise<void> {
  return untilCommitted(async () => {
    const { bucketStored } = await readBucket(engine, name);
    await requireNoVersions(engine, name);
    await abortUploads(engine, name);
    const ranges = TABLES.map((table) => {
      const from = tablePrefix(table, name, "");
      return { from, to: endOfPrefix(from) };
    });
    await engine.index.commit({
      checks: [
        { key: bucketStored.key, revision: bucketStored.revision },
        ...ranges.map(({ from, to }) => ({ emptyFrom: from, emptyTo: to })),
      ],
      deletes: [bucketStored.key],
    });
  });
}

async function requireNoVersions(engine: Engine, bucket: string): Promise<void> {
  for (const table of ["current", "noncurrent"] as const) {
    const from = tablePrefix(table, bucket, "");
    const found = await engine.index.list({ from, to: endOfPrefix(from), limit: 1 });
    if (found.length === 0) continue;
    throw new StoreError("BucketNotEmpty", "state", "The bucket you tried to delete is not empty", {
      bucket,
    });
  }
}

async function abortUploads(engine: Engine, bucket: string): Promise<void> {
  const from = tablePrefix("upload", bucket, "");
  for (;;) {
    const found = await engine.index.list({ from, to: endOfPrefix(from), limit: 100 });
    if (found.length === 0) return;
    for (const stored of found) {
      const objectKey = objectKeyOf(stored.key, bucket, VERSION_TAIL_BYTES);
      const uploadId = printId(decodeTail(uploadTail(stored.key)));
      await abortMultipartUpload(engine, { bucket, objectKey, uploadId }).catch(unlessGone);
    }
  }
}

/** Somebody else ended the upload first: that is as good. */
function unlessGone(error: unknown): void {
  if (!(error instanceof StoreError && error.code === "NoSuchUpload")) throw error;
}

import type { Engine } from "../engine.ts";
import type { IndexRecord } from "../index/index-port.ts";
import { RecordCache } from "../index/record-cache.ts";
import type { Bucket } from "../model.ts";
import { bucketKey } from "../record-keys.ts";
import { decodeBucket } from "../records.ts";
import { StoreError } from "../store-error.ts";

export interface BucketEntry {
  readonly bucket: Bucket;
  readonly bucketStored: IndexRecord;
}

const buckets = new RecordCache(1000, decodeBucket);

/** Throws NoSuchBucket. Always asks the index; only the decoding is spared. */
export async function readBucket(engine: Engine, name: string): Promise<BucketEntry> {
  const stored = await engine.index.get(bucketKey(name));
  if (stored === null) {
    throw new StoreError("NoSuchBucket", "invalid", "The specified bucket does not exist", { bucket: name });
  }
  const { value, stored: bucketStored } = buckets.decoded(engine.index, name, stored);
  return { bucket: value, bucketStored };
}

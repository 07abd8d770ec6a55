import type { Engine } from "../engine.ts";
import type { Index, IndexRecord } from "../index/index-port.ts";
import type { Bucket } from "../model.ts";
import { bucketKey } from "../record-keys.ts";
import { decodeBucket } from "../records.ts";
import { StoreError } from "../store-error.ts";

export interface BucketEntry {
  readonly bucket: Bucket;
  readonly bucketStored: IndexRecord;
}

const MAX_DECODED = 1000;
/** Buckets as they were last decoded. A revision never comes again, so an equal one means equal bytes. */
const decoded = new WeakMap<Index, Map<string, BucketEntry>>();

/** Throws NoSuchBucket. Always asks the index; only the decoding is spared, several times for each request. */
export async function readBucket(engine: Engine, name: string): Promise<BucketEntry> {
  const stored = await engine.index.get(bucketKey(name));
  if (stored === null) {
    throw new StoreError("NoSuchBucket", "invalid", "The specified bucket does not exist", { bucket: name });
  }
  const known = entriesOf(engine.index);
  const before = known.get(name);
  if (before?.bucketStored.revision === stored.revision) return before;
  if (known.size >= MAX_DECODED) known.clear();
  const entry = { bucket: decodeBucket(stored.value), bucketStored: stored };
  known.set(name, entry);
  return entry;
}

function entriesOf(index: Index): Map<string, BucketEntry> {
  const known = decoded.get(index) ?? new Map<string, BucketEntry>();
  decoded.set(index, known);
  return known;
}

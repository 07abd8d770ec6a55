import type { Engine } from "../engine.ts";
import type { IndexRecord } from "../index/index-port.ts";
import type { Bucket } from "../model.ts";
import type { WriteConditions } from "../object-store.ts";
import { currentKey, noncurrentKey, nullVersionKey } from "../record-keys.ts";
import { type ChainRecord, encodeChain, type MarkerRecord, type VersionRecord } from "../records.ts";
import { encodeTail, nextOrder } from "../version-id.ts";
import {
  ChainChange,
  type ChainEntry,
  demote,
  putCurrent,
  readCurrent,
  readNoncurrentHead,
  readNoncurrentNull,
} from "./version-chain.ts";
import { checkWriteConditions } from "./write-conditions.ts";

export interface Insertion<R extends ChainRecord> {
  readonly bucket: Bucket;
  /** The bucket's record as read: it must still be so when the change is committed. */
  readonly bucketStored: IndexRecord;
  readonly objectKey: string;
  readonly conditions: WriteConditions;
  /** Asked about the current version (null: none, or a marker); throws to refuse. */
  readonly checkCurrent?: (current: ChainEntry | null) => void;
  /** Makes the record once its order and nullness are known. */
  readonly record: (place: { order: number; isNull: boolean; modifiedMs: number }) => R;
}

/**
 * Collects the change that makes a new version or marker the newest of its key, by the bucket's versioning:
 * enabled keeps everything; otherwise the new one is the null version and replaces the earlier null version.
 * Write conditions are judged here, against the records that the commit checks again.
 */
export async function insertVersion<R extends VersionRecord | MarkerRecord>(
  engine: Engine,
  input: Insertion<R>,
): Promise<{ change: ChainChange; record: R }> {
  const { bucket, objectKey } = input;
  const change = new ChainChange();
  change.requireUnchanged({ stored: input.bucketStored });
  const current = await readCurrent(engine, bucket.name, objectKey);
  input.checkCurrent?.(current);
  checkWriteConditions(input.conditions, current?.record.kind === "version" ? current.record.etag : null);
  const after = await requireNewest(engine, change, bucket, objectKey, current);
  const nowMs = engine.clock.nowMs();
  const isNull = bucket.versioning !== "enabled";
  const record = input.record({ order: nextOrder(nowMs, after), isNull, modifiedMs: nowMs });

  if (current !== null && isNull && current.record.isNull) change.freeBody(current.record, nowMs);
  else if (current !== null) demote(change, bucket.name, objectKey, current);
  if (isNull && bucket.versioning === "suspended" && current?.record.isNull !== true) {
    await removeNoncurrentNull(engine, change, bucket.name, objectKey, nowMs);
  }
  if (record.kind === "version") putCurrent(change, bucket.name, objectKey, record);
  else putMarker(change, bucket.name, objectKey, record, current);
  return { change, record };
}

/** Pins what is newest now and returns its order. */
async function requireNewest(
  engine: Engine,
  change: ChainChange,
  bucket: Bucket,
  objectKey: string,
  current: ChainEntry | null,
): Promise<number> {
  if (current !== null) {
    change.requireUnchanged(current);
    return current.record.order;
  }
  change.requireAbsent(currentKey(bucket.name, objectKey));
  if (bucket.versioning === "unversioned") return 0;
  const head = await readNoncurrentHead(engine, bucket.name, objectKey);
  change.checks.push(...head.checks);
  return head.entry?.record.order ?? 0;
}

async function removeNoncurrentNull(
  engine: Engine,
  change: ChainChange,
  bucket: string,
  objectKey: string,
  nowMs: number,
): Promise<void> {
  const pointerKey = nullVersionKey(bucket, objectKey);
  const earlier = await readNoncurrentNull(engine, bucket, objectKey);
  if (earlier === null) {
    change.requireAbsent(pointerKey);
    return;
  }
  change.requireUnchanged(earlier);
  change.deletes.push(earlier.stored.key, pointerKey);
  change.freeBody(earlier.record, nowMs);
}

function putMarker(
  change: ChainChange,
  bucket: string,
  objectKey: string,
  record: MarkerRecord,
  current: ChainEntry | null,
): void {
  const tail = encodeTail(record);
  change.puts.push({ key: noncurrentKey(bucket, objectKey, tail), value: encodeChain(record) });
  if (record.isNull) change.puts.push({ key: nullVersionKey(bucket, objectKey), value: tail });
  if (current !== null) change.deletes.push(current.stored.key);
}

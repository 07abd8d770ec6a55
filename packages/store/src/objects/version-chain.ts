import type { Engine } from "../engine.ts";
import { endOfPrefix, type IndexBatch, type IndexCheck, type IndexRecord } from "../index/index-port.ts";
import { RecordCache } from "../index/record-cache.ts";
import {
  blobReferenceKey,
  currentKey,
  garbageKey,
  noncurrentKey,
  nullVersionKey,
  objectPrefix,
  successor,
} from "../record-keys.ts";
import { type ChainRecord, decodeChain, encodeChain, encodeGarbage, type VersionRecord } from "../records.ts";
import { encodeTail, NULL_VERSION_ID, printId } from "../version-id.ts";
import { requireRemovable } from "./object-lock.ts";

/** One record of an object key's history, with where it lies. */
export interface ChainEntry {
  readonly record: ChainRecord;
  readonly stored: IndexRecord;
}

export const versionIdOf = (record: ChainRecord): string =>
  record.isNull ? NULL_VERSION_ID : printId(record);

/** Writes of one change to a history, collected and then committed at once. */
export class ChainChange {
  readonly checks: IndexCheck[] = [];
  readonly puts: { key: Uint8Array; value: Uint8Array }[] = [];
  readonly deletes: Uint8Array[] = [];
  readonly putPayloads: { id: string; bytes: Uint8Array }[] = [];
  readonly deletePayloads: string[] = [];
  /** Blobs to unlink once the commit stands. */
  readonly freedBlobs: string[] = [];

  add(batch: Pick<IndexBatch, "puts" | "putPayloads">): void {
    this.puts.push(...(batch.puts ?? []));
    this.putPayloads.push(...(batch.putPayloads ?? []));
  }

  /** The record must be just as it was read. */
  requireUnchanged(entry: { readonly stored: IndexRecord }): void {
    this.checks.push({ key: entry.stored.key, revision: entry.stored.revision });
  }

  requireAbsent(key: Uint8Array): void {
    this.checks.push({ key, revision: null });
  }

  /**
   * Lets go of what a version stored; parts are left to the collector, since there may be thousands. Whatever removes
   * a version comes by here. Throws ObjectLocked.
   */
  freeBody(record: ChainRecord, nowMs: number, bypassGovernance = false): void {
    requireRemovable(record, nowMs, bypassGovernance);
    if (record.kind !== "version") return;
    if ("layout" in record.body) {
      const value = encodeGarbage({ sinceMs: nowMs, partNumbers: null });
      this.puts.push({ key: garbageKey(record.uid), value });
      return;
    }
    const { location } = record.body;
    if (location.in === "payload") this.deletePayloads.push(location.id);
    else {
      this.deletes.push(blobReferenceKey(location.id));
      this.freedBlobs.push(location.id);
    }
  }
}

/** About 2 KiB each. A bucket's name holds no slash, so no two objects share a name here. */
const currentRecords = new RecordCache(8192, decodeChain);

/** The current version's entry, or null when there is none or it is a marker. */
export async function readCurrent(
  engine: Engine,
  bucket: string,
  objectKey: string,
): Promise<ChainEntry | null> {
  const stored = await engine.index.get(currentKey(bucket, objectKey));
  if (stored === null) return null;
  const decoded = currentRecords.decoded(engine.index, `${bucket}/${objectKey}`, stored);
  return { record: decoded.value, stored: decoded.stored };
}

export interface NoncurrentHead {
  readonly entry: ChainEntry | null;
  /** Holds as long as `entry` is the newest noncurrent record (or, with null, as long as there is none). */
  readonly checks: readonly IndexCheck[];
}

/**
 * The newest record of `n`, or the newest after the one at key `after`: a delete marker that hides the key, or the
 * version that comes back when what hides it is removed.
 */
export async function readNoncurrentHead(
  engine: Engine,
  bucket: string,
  objectKey: string,
  after?: Uint8Array,
): Promise<NoncurrentHead> {
  const prefix = objectPrefix("noncurrent", bucket, objectKey);
  const from = after === undefined ? prefix : successor(after);
  const to = endOfPrefix(prefix);
  const [stored] = await engine.index.list({ from, to, limit: 1 });
  if (stored === undefined) return { entry: null, checks: [{ emptyFrom: from, emptyTo: to }] };
  return {
    entry: { record: decodeChain(stored.value), stored },
    checks: [
      { emptyFrom: from, emptyTo: stored.key },
      { key: stored.key, revision: stored.revision },
    ],
  };
}

/** The noncurrent null version or marker, through its pointer. */
export async function readNoncurrentNull(
  engine: Engine,
  bucket: string,
  objectKey: string,
): Promise<ChainEntry | null> {
  const pointer = await engine.index.get(nullVersionKey(bucket, objectKey));
  if (pointer === null) return null;
  const stored = await engine.index.get(noncurrentKey(bucket, objectKey, pointer.value));
  return stored === null ? null : { record: decodeChain(stored.value), stored };
}

/** Moves the current version behind whatever becomes newest. */
export function demote(change: ChainChange, bucket: string, objectKey: string, current: ChainEntry): void {
  const tail = encodeTail(current.record);
  change.puts.push({ key: noncurrentKey(bucket, objectKey, tail), value: current.stored.value });
  if (current.record.isNull) change.puts.push({ key: nullVersionKey(bucket, objectKey), value: tail });
}

export function putCurrent(
  change: ChainChange,
  bucket: string,
  objectKey: string,
  record: VersionRecord,
): void {
  change.puts.push({ key: currentKey(bucket, objectKey), value: encodeChain(record) });
}

/** Commits and then unlinks what nothing refers to any more. */
export async function commitChange(engine: Engine, change: ChainChange): Promise<void> {
  // A key that is both freed and written anew is written: the batch must not depend on an order of its own.
  const written = new Set(change.puts.map((put) => Buffer.from(put.key).toString("latin1")));
  const deletes = change.deletes.filter((key) => !written.has(Buffer.from(key).toString("latin1")));
  await engine.index.commit({ ...change, deletes });
  const { freedBlobs } = change;
  if (freedBlobs.length > 0) {
    engine.later(async () => {
      for (const id of freedBlobs) await engine.blobs.delete(id);
    });
  }
}

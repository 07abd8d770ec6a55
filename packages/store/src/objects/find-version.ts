import { readBucket } from "../buckets/read-bucket.ts";
import type { Engine } from "../engine.ts";
import type { ObjectSelector } from "../object-store.ts";
import { noncurrentKey } from "../record-keys.ts";
import { decodeChain, type VersionRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { encodeTail, NULL_VERSION_ID, parseId } from "../version-id.ts";
import {
  type ChainEntry,
  readCurrent,
  readNoncurrentHead,
  readNoncurrentNull,
  versionIdOf,
} from "./version-chain.ts";

export type NamedVersion = ChainEntry & { readonly isCurrent: boolean };

/**
 * The entry of exactly this version id, with whether it is the current one; null when there is none. A version may
 * move between the two tables while both are looked at: it is missing only if nothing moved meanwhile.
 */
export async function findNamed(
  engine: Engine,
  bucket: string,
  objectKey: string,
  versionId: string,
): Promise<NamedVersion | null> {
  let current = await readCurrent(engine, bucket, objectKey);
  for (;;) {
    if (current !== null && versionIdOf(current.record) === versionId) return { ...current, isCurrent: true };
    const entry = await findNoncurrent(engine, bucket, objectKey, versionId);
    if (entry !== null) return { ...entry, isCurrent: false };
    const now = await readCurrent(engine, bucket, objectKey);
    if (now?.stored.revision === current?.stored.revision) return null;
    current = now;
  }
}

async function findNoncurrent(
  engine: Engine,
  bucket: string,
  objectKey: string,
  versionId: string,
): Promise<ChainEntry | null> {
  if (versionId === NULL_VERSION_ID) return readNoncurrentNull(engine, bucket, objectKey);
  const tail = parseId(versionId);
  if (tail === null)
    throw new StoreError("InvalidArgument", "invalid", "Invalid version id specified", { versionId });
  const stored = await engine.index.get(noncurrentKey(bucket, objectKey, encodeTail(tail)));
  if (stored === null) return null;
  const record = decodeChain(stored.value);
  return record.isNull ? null : { record, stored };
}

export interface FoundVersion {
  readonly record: VersionRecord;
  readonly entry: ChainEntry;
  readonly isLatest: boolean;
}

/** As `ObjectStore.readVersion`: the named or current version, or the error that says why not. */
export async function requireVersion(engine: Engine, selector: ObjectSelector): Promise<FoundVersion> {
  const { bucket, objectKey, versionId } = selector;
  if (versionId === undefined) {
    const current = await readCurrent(engine, bucket, objectKey);
    if (current?.record.kind === "version") return { record: current.record, entry: current, isLatest: true };
    const { bucket: found } = await readBucket(engine, bucket);
    const head =
      found.versioning === "unversioned" ? null : (await readNoncurrentHead(engine, bucket, objectKey)).entry;
    throw new StoreError("NoSuchKey", "invalid", "The specified key does not exist.", {
      key: objectKey,
      ...(head === null ? {} : markerDetails(head)),
    });
  }
  const named = await findNamed(engine, bucket, objectKey, versionId);
  if (named === null) {
    await readBucket(engine, bucket);
    throw new StoreError("NoSuchVersion", "invalid", "The specified version does not exist.", {
      key: objectKey,
      versionId,
    });
  }
  if (named.record.kind === "delete-marker") {
    throw new StoreError(
      "MethodNotAllowed",
      "invalid",
      "The specified method is not allowed against this resource.",
      markerDetails(named),
    );
  }
  return { record: named.record, entry: named, isLatest: named.isCurrent };
}

function markerDetails(entry: ChainEntry): Readonly<Record<string, string>> {
  return {
    deleteMarker: "true",
    versionId: versionIdOf(entry.record),
    lastModifiedMs: String(entry.record.modifiedMs),
  };
}

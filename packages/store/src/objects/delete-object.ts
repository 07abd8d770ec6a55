import { readBucket } from "../buckets/read-bucket.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import { announcing } from "../events/announce.ts";
import type { Announcement } from "../events/object-event.ts";
import type { Bucket } from "../model.ts";
import type { DeleteObjectInput, DeleteObjectResult } from "../object-store.ts";
import { currentKey, nullVersionKey } from "../record-keys.ts";
import type { MarkerRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { newUid, nextOrder } from "../version-id.ts";
import { findNamed } from "./find-version.ts";
import { insertVersion } from "./insert-version.ts";
import {
  ChainChange,
  type ChainEntry,
  commitChange,
  readCurrent,
  readNoncurrentHead,
  versionIdOf,
} from "./version-chain.ts";
import { checkWriteConditions } from "./write-conditions.ts";

const EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e";

/** Removes the named version, unless a lock forbids it (ObjectLocked); without a name, by the bucket's versioning, the object itself or puts a marker on top. */
export function deleteObject(engine: Engine, input: DeleteObjectInput): Promise<DeleteObjectResult> {
  return untilCommitted(async () => {
    const entry = await readBucket(engine, input.bucket);
    if (input.versionId !== undefined) return deleteNamed(engine, entry.bucket, input, input.versionId);
    if (entry.bucket.versioning === "unversioned") return deleteCurrent(engine, entry.bucket, input);
    const { change, record } = await insertVersion<MarkerRecord>(engine, {
      ...entry,
      objectKey: input.objectKey,
      conditions: { ifMatch: input.ifMatch },
      checkCurrent: (current) => requireSeen(input, current, true),
      record: (place) => ({ kind: "delete-marker", uid: newUid(), ownerId: input.ownerId, ...place }),
    });
    change.add({ puts: announcingMarker(engine, entry.bucket, input, record) });
    await commitChange(engine, change);
    return { deleteMarker: true, versionId: versionIdOf(record) };
  });
}

async function deleteCurrent(
  engine: Engine,
  bucket: Bucket,
  input: DeleteObjectInput,
): Promise<DeleteObjectResult> {
  const current = await readCurrent(engine, input.bucket, input.objectKey);
  requireMatch(input, current);
  requireSeen(input, current, true);
  if (current !== null) {
    const change = new ChainChange();
    change.requireUnchanged(current);
    change.deletes.push(current.stored.key);
    change.freeBody(current.record, engine.clock.nowMs());
    change.add({ puts: announcingRemoval(engine, bucket, input, current) });
    await commitChange(engine, change);
  }
  return { deleteMarker: false, versionId: null };
}

async function deleteNamed(
  engine: Engine,
  inBucket: Bucket,
  input: DeleteObjectInput,
  versionId: string,
): Promise<DeleteObjectResult> {
  const { bucket, objectKey } = input;
  const named = await findNamed(engine, bucket, objectKey, versionId);
  requireMatch(input, named);
  requireSeen(input, named, named?.isCurrent === true);
  if (named === null) return { deleteMarker: false, versionId };
  const change = new ChainChange();
  change.requireUnchanged(named);
  change.deletes.push(named.stored.key);
  change.freeBody(named.record, engine.clock.nowMs(), input.bypassGovernance);
  if (named.record.isNull && !named.isCurrent) change.deletes.push(nullVersionKey(bucket, objectKey));
  if (named.isCurrent) await promoteNext(engine, change, bucket, objectKey, null);
  else await promoteBehindMarker(engine, change, bucket, objectKey, named);
  change.add({ puts: announcingRemoval(engine, inBucket, input, named) });
  await commitChange(engine, change);
  return { deleteMarker: named.record.kind === "delete-marker", versionId };
}

/** Its order is later than the removed version's, so that whoever hears of both knows what came last. */
function announcingRemoval(
  engine: Engine,
  bucket: Bucket,
  { announce, objectKey }: DeleteObjectInput,
  { record }: ChainEntry,
): ReturnType<typeof announcing> {
  if (announce === undefined) return [];
  const order = nextOrder(engine.clock.nowMs(), record.order);
  const named: Announcement = { name: `${announce.name}:Delete`, origin: announce.origin };
  const versionId = versionIdOf(record);
  return announcing(engine, bucket, named, { objectKey, versionId, sizeBytes: null, etag: null, order });
}

/** S3 tells the ETag of nothing for a marker. */
function announcingMarker(
  engine: Engine,
  bucket: Bucket,
  { announce, objectKey }: DeleteObjectInput,
  record: MarkerRecord,
): ReturnType<typeof announcing> {
  if (announce === undefined) return [];
  const named: Announcement = { name: `${announce.name}:DeleteMarkerCreated`, origin: announce.origin };
  const { order } = record;
  const versionId = versionIdOf(record);
  return announcing(engine, bucket, named, {
    objectKey,
    versionId,
    sizeBytes: null,
    etag: EMPTY_ETAG,
    order,
  });
}

function requireMatch(input: DeleteObjectInput, entry: ChainEntry | null): void {
  if (input.ifMatch === undefined) return;
  checkWriteConditions(
    { ifMatch: input.ifMatch },
    entry?.record.kind === "version" ? entry.record.etag : null,
  );
}

/** The commit checks the very record this was asked of. */
function requireSeen({ seen }: DeleteObjectInput, entry: ChainEntry | null, isCurrent: boolean): void {
  if (seen === undefined) return;
  if (entry !== null && entry.record.modifiedMs === seen.modifiedMs && isCurrent === seen.isCurrent) return;
  throw new StoreError("PreconditionFailed", "state", "What was to be removed is not as it was seen.");
}

/** The newest marker goes: what it hid comes back, unless that is a marker too. */
async function promoteBehindMarker(
  engine: Engine,
  change: ChainChange,
  bucket: string,
  objectKey: string,
  removed: ChainEntry,
): Promise<void> {
  const currentAt = currentKey(bucket, objectKey);
  const current = await engine.index.get(currentAt);
  if (current !== null) {
    // Whoever replaces the current version in the meantime puts it behind, never before, what is removed here.
    change.requireUnchanged({ stored: current });
    return;
  }
  change.requireAbsent(currentAt);
  const head = await readNoncurrentHead(engine, bucket, objectKey);
  change.checks.push(...head.checks);
  if (head.entry?.record.uid === removed.record.uid) {
    await promoteNext(engine, change, bucket, objectKey, removed);
  }
}

/** Makes the newest record after `removed` current. A marker stays where it is: it hides the key from there. */
async function promoteNext(
  engine: Engine,
  change: ChainChange,
  bucket: string,
  objectKey: string,
  removed: ChainEntry | null,
): Promise<void> {
  const next = await readNoncurrentHead(engine, bucket, objectKey, removed?.stored.key);
  change.checks.push(...next.checks);
  if (next.entry === null || next.entry.record.kind === "delete-marker") return;
  change.deletes.push(next.entry.stored.key);
  if (next.entry.record.isNull) change.deletes.push(nullVersionKey(bucket, objectKey));
  change.puts.push({ key: currentKey(bucket, objectKey), value: next.entry.stored.value });
}

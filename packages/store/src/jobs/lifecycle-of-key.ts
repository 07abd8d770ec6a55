import type { EventOrigin } from "../events/object-event.ts";
import { afterDays, afterDelay } from "../lifecycle/due-time.ts";
import type { LifecycleRule } from "../lifecycle/lifecycle-rule.ts";
import { matchesByKeyAlone, matchesVersion } from "../lifecycle/rule-conditions.ts";
import type { Bucket, DeleteMarker, ObjectVersion, StoredVersion } from "../model.ts";
import type { DeleteObjectInput, ObjectStore } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import { newUid } from "../version-id.ts";

/** What is known of one key's versions that are newer than the next one. */
export interface KeyState {
  /** When the next version stopped being the newest: when the one before it was made. null: it is the newest. */
  readonly successorMs: number | null;
  /** Noncurrent versions, markers not counted, that are newer and stay. */
  readonly newerVersions: number;
}

export const NO_STATE: KeyState = { successorMs: null, newerVersions: 0 };

export interface KeyWork {
  readonly store: Pick<ObjectStore, "deleteObject" | "listObjectVersions">;
  readonly bucket: Bucket;
  readonly rules: readonly LifecycleRule[];
  readonly time: { readonly nowMs: number; readonly dayMs: number };
  readonly counts: { expired: number; noncurrentRemoved: number; markersRemoved: number; locked: number };
}

/** Works on versions of one key, newest first and without a gap after `before`. Returns the state after the last of them. */
export async function endVersionsOfKey(
  work: KeyWork,
  versions: readonly ObjectVersion[],
  before: KeyState,
): Promise<KeyState> {
  let { successorMs, newerVersions } = before;
  for (const version of versions) {
    if (version.isLatest) {
      if (version.kind === "version") await endCurrent(work, version);
      else await endMarker(work, version);
    } else if (successorMs !== null) {
      const isGone = await endNoncurrent(work, version, { successorMs, newerVersions });
      if (!isGone && version.kind === "version") newerVersions++;
    }
    successorMs = version.modifiedMs;
  }
  return { successorMs, newerVersions };
}

async function endCurrent(work: KeyWork, version: StoredVersion): Promise<void> {
  const { rules, bucket, counts } = work;
  const isDue = rules.some((rule) => isExpired(work, rule, version) && matchesVersion(rule, version));
  if (!isDue) return;
  const { objectKey, modifiedMs } = version;
  const seen = { modifiedMs, isCurrent: true };
  if (await remove(work, { bucket: bucket.name, objectKey, ownerId: bucket.ownerId, seen })) counts.expired++;
}

/** A marker that hides nothing any more tells nobody anything. */
async function endMarker(work: KeyWork, marker: DeleteMarker): Promise<void> {
  const { rules, counts } = work;
  const isDue = rules.some(
    (rule) => (removesMarkers(rule) || isExpired(work, rule, marker)) && matchesByKeyAlone(rule, marker),
  );
  if (!isDue || !(await isAlone(work, marker))) return;
  if (await removeNamed(work, marker)) counts.markersRemoved++;
}

async function endNoncurrent(
  work: KeyWork,
  version: ObjectVersion,
  { successorMs, newerVersions }: { readonly successorMs: number; readonly newerVersions: number },
): Promise<boolean> {
  const { nowMs, dayMs } = work.time;
  const isDue = work.rules.some((rule) => {
    const { noncurrentExpiration } = rule;
    if (noncurrentExpiration === null) return false;
    if (newerVersions < (noncurrentExpiration.newerVersions ?? 0)) return false;
    if (afterDays(successorMs, noncurrentExpiration.noncurrentDays, dayMs) > nowMs) return false;
    return version.kind === "version" ? matchesVersion(rule, version) : matchesByKeyAlone(rule, version);
  });
  if (!isDue || !(await removeNamed(work, version))) return false;
  work.counts.noncurrentRemoved++;
  return true;
}

function isExpired({ time }: KeyWork, { expiration }: LifecycleRule, { modifiedMs }: ObjectVersion): boolean {
  if (expiration === null || "expiredMarkers" in expiration) return false;
  return afterDelay(modifiedMs, expiration, time.dayMs) <= time.nowMs;
}

const removesMarkers = ({ expiration }: LifecycleRule): boolean =>
  expiration !== null && "expiredMarkers" in expiration && expiration.expiredMarkers;

async function isAlone({ store, bucket }: KeyWork, { objectKey, versionId }: DeleteMarker): Promise<boolean> {
  const { versions } = await store.listObjectVersions({
    bucket: bucket.name,
    prefix: objectKey,
    delimiter: "",
    keyMarker: objectKey,
    versionIdMarker: versionId,
    limit: 1,
  });
  return versions[0]?.objectKey !== objectKey;
}

/** Markers and noncurrent versions: never one that became current again. */
function removeNamed(work: KeyWork, version: ObjectVersion): Promise<boolean> {
  const { objectKey, versionId, modifiedMs } = version;
  const { name: bucket, ownerId } = work.bucket;
  return remove(work, { bucket, objectKey, versionId, ownerId, seen: { modifiedMs, isCurrent: false } });
}

/** As S3 tells it: its own doing, in nobody's name. */
function originOfRules(): EventOrigin {
  const requestId = newUid().slice(0, 16).toUpperCase();
  return { principalId: "s3.amazonaws.com", sourceIp: "s3.amazonaws.com", requestId, hostId: "" };
}

/** False where it stays: somebody changed it meanwhile, or a lock protects it. */
async function remove({ store, counts }: KeyWork, input: DeleteObjectInput): Promise<boolean> {
  try {
    await store.deleteObject({
      ...input,
      announce: { name: "LifecycleExpiration", origin: originOfRules() },
    });
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === "ObjectLocked") counts.locked++;
    else if (error.code !== "PreconditionFailed") throw error;
    return false;
  }
}

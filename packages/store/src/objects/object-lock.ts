import type { Bucket, DefaultRetention, ObjectAttributes, Retention } from "../model.ts";
import type { ChainRecord, VersionRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";

type Lock = Pick<VersionRecord, "retention" | "legalHold">;

const PROTECTED = "Access Denied because object protected by object lock.";

/** Throws InvalidRequest unless versions in the bucket can be locked. */
export function requireObjectLock(bucket: Bucket): void {
  if (bucket.objectLock !== undefined) return;
  throw new StoreError("InvalidRequest", "invalid", "Bucket is missing Object Lock Configuration");
}

/** Throws InvalidRequest for a new version that shall be locked where it cannot be. */
export function requireLockable(
  bucket: Bucket,
  { retention, legalHold }: Pick<ObjectAttributes, "retention" | "legalHold">,
): void {
  if (retention != null || legalHold != null) requireObjectLock(bucket);
}

/**
 * The lock of a version that is made now: what the write said, else the bucket's default as it stands in the commit.
 * An object of parts is made when they are put together: its default period begins then, and protects no shorter.
 */
export function lockOfNew(bucket: Bucket, attributes: ObjectAttributes, nowMs: number): Lock {
  requireLockable(bucket, attributes);
  const byDefault = bucket.objectLock?.defaultRetention ?? null;
  const retention = attributes.retention ?? (byDefault === null ? null : retentionFrom(byDefault, nowMs));
  return lockFields({ retention, legalHold: attributes.legalHold ?? null });
}

/** What was not said takes no room in a record. */
export function lockFields({
  retention,
  legalHold,
}: Pick<ObjectAttributes, "retention" | "legalHold">): Lock {
  return {
    ...(retention == null ? {} : { retention }),
    ...(legalHold == null ? {} : { legalHold }),
  };
}

function retentionFrom({ mode, unit, count }: DefaultRetention, nowMs: number): Retention {
  const until = new Date(nowMs);
  if (unit === "days") until.setUTCDate(until.getUTCDate() + count);
  else until.setUTCFullYear(until.getUTCFullYear() + count);
  return { mode, retainUntilMs: until.getTime() };
}

/** Whether a retention still runs. The last millisecond counts, and so does a time that is none. */
function isRunning(retention: Retention | null | undefined, nowMs: number): retention is Retention {
  return retention != null && !(retention.retainUntilMs < nowMs);
}

/**
 * Throws ObjectLocked for a version that must stay. Every removal asks this of the very record whose revision its
 * commit checks, so that no lock can slip in between [L-172].
 */
export function requireRemovable(record: ChainRecord, nowMs: number, bypassGovernance: boolean): void {
  if (record.kind !== "version") return;
  if (record.legalHold === true) throw locked(PROTECTED);
  const { retention } = record;
  if (!isRunning(retention, nowMs)) return;
  if (retention.mode !== "GOVERNANCE" || !bypassGovernance) throw locked(PROTECTED);
}

/**
 * Throws ObjectLocked for a retention that would protect less than the present one. Compliance mode is only ever
 * prolonged; governance mode is prolonged by anybody, and otherwise changed by whoever may pass over it.
 */
export function requireNoWeaker(
  before: Retention | null | undefined,
  after: Retention | null,
  nowMs: number,
  bypassGovernance: boolean,
): void {
  if (!isRunning(before, nowMs)) return;
  if (after !== null && after.mode === before.mode && after.retainUntilMs >= before.retainUntilMs) return;
  if (before.mode !== "GOVERNANCE" || !bypassGovernance) throw locked(PROTECTED);
}

/** Throws ObjectLocked where a lock, whichever it is, forbids another key (reference §3.7). */
export function requireUnlockedForEncryption({ retention, legalHold }: VersionRecord, nowMs: number): void {
  if (legalHold !== true && !isRunning(retention, nowMs)) return;
  throw locked(
    "The encryption type for the specified object can’t be updated because that object is protected by S3 Object Lock. If the object has a governance-mode retention period or a legal hold, you must first remove the Object Lock status on the object before you issue your UpdateObjectEncryption request. You can't use the UpdateObjectEncryption operation with objects that have an Object Lock compliance mode retention period applied to them.",
  );
}

function locked(message: string): StoreError {
  return new StoreError("ObjectLocked", "denied", message);
}

import type { StoredVersion } from "@strongroom/store";
import { printHttpDate } from "@strongroom/wire";
import { s3Error } from "../errors.ts";

type Archived = Pick<StoredVersion, "storageClass" | "restoredUntilMs">;

/** Classes whose objects S3 gives back only once they were restored. */
const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

export function isArchiveClass(storageClass: string): boolean {
  return ARCHIVE_CLASSES.has(storageClass);
}

export function isRestored({ restoredUntilMs }: Archived, nowMs: number): boolean {
  return restoredUntilMs !== null && nowMs < restoredUntilMs;
}

/** Throws InvalidObjectState for an archived version that is not restored (recorded). */
export function requireReadable(version: Archived, nowMs: number): void {
  if (!isArchiveClass(version.storageClass) || isRestored(version, nowMs)) return;
  throw s3Error("InvalidObjectState", { fields: { StorageClass: version.storageClass } });
}

/** Throws ObjectNotInActiveTierError for a copy's source that is archived and not restored. */
export function requireCopyable(version: Archived, nowMs: number): void {
  if (!isArchiveClass(version.storageClass) || isRestored(version, nowMs)) return;
  throw s3Error("ObjectNotInActiveTierError");
}

/** `x-amz-restore`; undefined for what was never restored, or no longer is. */
export function restoreHeader(version: Archived, nowMs: number): string | undefined {
  const { restoredUntilMs } = version;
  if (restoredUntilMs === null || !isArchiveClass(version.storageClass) || !isRestored(version, nowMs)) {
    return undefined;
  }
  return `ongoing-request="false", expiry-date="${printHttpDate(restoredUntilMs)}"`;
}

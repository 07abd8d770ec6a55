import type { BodyIntegrity, Bucket, Retention, RetentionMode } from "@strongroom/store";
import { parseIso8601 } from "@strongroom/wire";
import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { requireLockBucket } from "./lock-bucket.ts";
import { requireFuture } from "./retain-until-date.ts";

export const LOCK_MODE = "x-amz-object-lock-mode";
export const LOCK_DATE = "x-amz-object-lock-retain-until-date";
export const LOCK_HOLD = "x-amz-object-lock-legal-hold";

/** How a new object shall be locked, as the request says; what it does not say, the bucket's default says. */
export interface NewObjectLock {
  readonly retention: Retention | null;
  readonly legalHold: boolean | null;
}

/** The lock headers of PutObject, CopyObject, CreateMultipartUpload, or fields of a form. Throws InvalidArgument. */
export function readNewObjectLock(request: S3Request): NewObjectLock {
  return { retention: readRetentionHeaders(request), legalHold: readHoldHeader(request) };
}

/** Throws InvalidRequest where the bucket locks nothing, and InvalidArgument for a date that has passed. */
export function requireApplicable(lock: NewObjectLock, bucket: Bucket, nowMs: number): NewObjectLock {
  if (lock.retention === null && lock.legalHold === null) return lock;
  requireLockBucket(bucket);
  requireFuture(lock.retention, nowMs, LOCK_DATE);
  return lock;
}

/**
 * Data that nobody will be able to remove has to arrive as it was sent: S3 wants a digest with it, also where the
 * bucket's default locks it. Throws InvalidRequest.
 */
export function requireDigestIfLocked(
  what: "Put Object" | "Put Part",
  { retention = null, legalHold = null }: Partial<NewObjectLock>,
  bucket: Bucket,
  { contentMd5, checksum }: BodyIntegrity,
): void {
  if (contentMd5 !== undefined || checksum !== undefined) return;
  const byDefault = bucket.objectLock?.defaultRetention ?? null;
  if (retention === null && legalHold === null && byDefault === null) return;
  throw s3Error("InvalidRequest", {
    message: `Content-MD5 OR x-amz-checksum- HTTP header is required for ${what} requests with Object Lock parameters`,
  });
}

function readRetentionHeaders(request: S3Request): Retention | null {
  const mode = request.header(LOCK_MODE);
  const date = request.header(LOCK_DATE);
  if (mode === undefined && date === undefined) return null;
  if (mode === undefined || date === undefined) {
    const missing = mode === undefined ? LOCK_MODE : LOCK_DATE;
    throw invalidArgument(`${LOCK_DATE} and ${LOCK_MODE} must both be supplied`, missing);
  }
  if (!isMode(mode)) throw invalidArgument("Unknown wormMode directive.", LOCK_MODE, mode);
  const retainUntilMs = parseIso8601(date);
  if (retainUntilMs === undefined) {
    throw invalidArgument("The retain until date must be provided in ISO 8601 format", LOCK_DATE, date);
  }
  return { mode, retainUntilMs };
}

function isMode(text: string): text is RetentionMode {
  return text === "GOVERNANCE" || text === "COMPLIANCE";
}

function readHoldHeader(request: S3Request): boolean | null {
  const status = request.header(LOCK_HOLD);
  if (status === undefined) return null;
  if (status === "ON" || status === "OFF") return status === "ON";
  throw invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", LOCK_HOLD, status);
}

import { notImplementedHeader } from "../errors.ts";
import { LOCK_DATE, LOCK_HOLD, LOCK_MODE } from "../object-lock/new-object-lock.ts";
import type { S3Request } from "./s3-request.ts";

/** Headers that change what a request does or promises, for features that do not exist here. */
const UNBUILT_HEADERS: ReadonlySet<string> = new Set([
  "x-amz-write-offset-bytes",
  "x-amz-if-match-last-modified-time",
  "x-amz-if-match-size",
  "x-amz-rename-source",
]);

const LOCK_HEADERS: ReadonlySet<string> = new Set([LOCK_MODE, LOCK_DATE, LOCK_HOLD]);

/**
 * Refuses headers whose silent neglect would leave a client less protected than it believes, or its data changed
 * in a way it did not ask for. Headers that merely ask for comfort pass.
 */
export function refuseUnbuiltHeaders(request: S3Request): void {
  for (const name of request.headerNames()) {
    if (UNBUILT_HEADERS.has(name) || isUnknownLock(name)) throw notImplementedHeader(name);
  }
}

/** A way to lock an object that was thought of after this program. */
function isUnknownLock(name: string): boolean {
  return name.startsWith("x-amz-object-lock-") && !LOCK_HEADERS.has(name);
}

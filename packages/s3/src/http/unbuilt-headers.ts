import { invalidArgument, notImplementedHeader } from "../errors.ts";
import type { S3Request } from "./s3-request.ts";

/** Headers that change what a request does or promises, for features that do not exist here. */
const UNBUILT_HEADERS: ReadonlySet<string> = new Set([
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
  "x-amz-write-offset-bytes",
  "x-amz-if-match-last-modified-time",
  "x-amz-if-match-size",
  "x-amz-rename-source",
]);

/**
 * Refuses headers whose silent neglect would leave a client less protected than it believes, or its data changed
 * in a way it did not ask for. Headers that merely ask for comfort pass.
 */
export function refuseUnbuiltHeaders(request: S3Request): void {
  for (const name of request.headerNames()) {
    if (!name.startsWith("x-amz-")) continue;
    if (UNBUILT_HEADERS.has(name) || name.startsWith("x-amz-object-lock-")) throw notImplementedHeader(name);
  }
  // DeleteObjects takes the header for any bucket: clients that clean up send it without looking.
  const isBatch = request.method === "POST" && request.query.has("delete");
  if (!isBatch && request.header("x-amz-bypass-governance-retention") === "true") {
    throw invalidArgument(
      "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
      "x-amz-bypass-governance-retention",
    );
  }
  const lock = request.header("x-amz-bucket-object-lock-enabled");
  if (lock !== undefined && lock.toLowerCase() !== "false") {
    throw notImplementedHeader("x-amz-bucket-object-lock-enabled");
  }
}

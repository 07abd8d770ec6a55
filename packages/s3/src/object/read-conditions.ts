import type { StoredVersion } from "@strongroom/store";
import {
  type EtagCondition,
  etagMatches,
  parseEtagCondition,
  parseHttpDate,
  printHttpDate,
  quoteEtag,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

/** The four conditions of a read, or of the source of a copy. Times in milliseconds, to the second. */
export interface ReadConditions {
  readonly ifMatch?: EtagCondition | undefined;
  readonly ifNoneMatch?: EtagCondition | undefined;
  readonly ifModifiedSinceMs?: number | undefined;
  readonly ifUnmodifiedSinceMs?: number | undefined;
}

export type FailedCondition = "If-Match" | "If-None-Match" | "If-Modified-Since" | "If-Unmodified-Since";

const COPY_SOURCE = "x-amz-copy-source-";

/** null when the request sets none, which is the usual case. */
export function readReadConditions(request: S3Request): ReadConditions | null {
  return readConditions(request, "");
}

/** The same four as `x-amz-copy-source-if-…`. */
export function readCopySourceConditions(request: S3Request): ReadConditions | null {
  return readConditions(request, COPY_SOURCE);
}

/**
 * Throws PreconditionFailed (412) or NotModified (304) with the headers a cache needs. An If-Match that holds
 * overrules If-Unmodified-Since; If-None-Match, when present, overrules If-Modified-Since (RFC 9110 §13.2.2).
 */
export function checkReadConditions(
  conditions: ReadConditions,
  version: StoredVersion,
  nowMs: number,
  versionIdHeader: string | undefined,
): void {
  const failed = findFailedCondition(conditions, version, nowMs);
  if (failed === null) return;
  if (failed === "If-Match" || failed === "If-Unmodified-Since") {
    throw s3Error("PreconditionFailed", { fields: { Condition: failed } });
  }
  throw s3Error("NotModified", {
    headers: {
      etag: quoteEtag(version.etag),
      "last-modified": printHttpDate(version.modifiedMs),
      "cache-control": version.headers.cacheControl,
      expires: version.headers.expires,
      "x-amz-version-id": versionIdHeader,
    },
  });
}

/** Throws PreconditionFailed for whichever condition on the source of a copy does not hold. */
export function checkCopySourceConditions(
  conditions: ReadConditions,
  source: StoredVersion,
  nowMs: number,
): void {
  const failed = findFailedCondition(conditions, source, nowMs);
  if (failed !== null) throw s3Error("PreconditionFailed", { fields: { Condition: COPY_SOURCE + failed } });
}

export function findFailedCondition(
  conditions: ReadConditions,
  version: Pick<StoredVersion, "etag" | "modifiedMs">,
  nowMs: number,
): FailedCondition | null {
  const modifiedMs = Math.floor(version.modifiedMs / 1000) * 1000;
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions;
  if (ifMatch !== undefined) {
    if (!etagMatches(ifMatch, version.etag)) return "If-Match";
  } else if (ifUnmodifiedSinceMs !== undefined && modifiedMs > ifUnmodifiedSinceMs) {
    return "If-Unmodified-Since";
  }
  if (ifNoneMatch !== undefined) return etagMatches(ifNoneMatch, version.etag) ? "If-None-Match" : null;
  // A date that is still to come is no condition.
  const isPast = ifModifiedSinceMs !== undefined && ifModifiedSinceMs <= nowMs;
  return isPast && modifiedMs <= ifModifiedSinceMs ? "If-Modified-Since" : null;
}

function readConditions(request: S3Request, prefix: string): ReadConditions | null {
  const ifMatch = request.header(`${prefix}if-match`);
  const ifNoneMatch = request.header(`${prefix}if-none-match`);
  const ifModifiedSince = request.header(`${prefix}if-modified-since`);
  const ifUnmodifiedSince = request.header(`${prefix}if-unmodified-since`);
  if ((ifMatch ?? ifNoneMatch ?? ifModifiedSince ?? ifUnmodifiedSince) === undefined) return null;
  return {
    ifMatch: ifMatch === undefined ? undefined : parseEtagCondition(ifMatch),
    ifNoneMatch: ifNoneMatch === undefined ? undefined : parseEtagCondition(ifNoneMatch),
    // A date that cannot be read is ignored (RFC 9110 §13.1.3).
    ifModifiedSinceMs: ifModifiedSince === undefined ? undefined : parseHttpDate(ifModifiedSince),
    ifUnmodifiedSinceMs: ifUnmodifiedSince === undefined ? undefined : parseHttpDate(ifUnmodifiedSince),
  };
}

import type { Checksum, ObjectHeaders, StoredVersion } from "@strongroom/store";
import { printHttpDate, quoteEtag } from "@strongroom/wire";
import { type ToldEncryption, writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { type ShownLock, writeLockHeaders } from "../object-lock/shown-lock.ts";
import { writeChecksumHeaders } from "./checksum-headers.ts";
import { writeObjectHeaders } from "./metadata-headers.ts";
import { type BodySpan, contentRange } from "./object-body-range.ts";
import { storageClassHeader } from "./storage-class.ts";

export interface ShownVersion {
  readonly version: StoredVersion;
  readonly told: ToldEncryption;
  readonly span: BodySpan;
  /** `partNumber` was given: the number of parts is answered. */
  readonly isPartRead: boolean;
  readonly versionIdHeader: string | undefined;
  readonly checksum: Checksum | null;
  readonly overrides: ObjectHeaders;
  readonly lock: ShownLock;
}

/** Status and every header of a GET or HEAD but Content-Length. */
export function writeVersionHeaders(response: S3Response, shown: ShownVersion): void {
  const { version, span } = shown;
  response
    .status(span.isPartial ? 206 : 200)
    .header("last-modified", printHttpDate(version.modifiedMs))
    .header("etag", quoteEtag(version.etag))
    .header("accept-ranges", "bytes")
    .header("content-range", contentRange(span, version.sizeBytes))
    .header("x-amz-version-id", shown.versionIdHeader)
    .header("x-amz-storage-class", storageClassHeader(version.storageClass))
    .header("x-amz-tagging-count", tagCount(version.tags));
  if (shown.isPartRead && version.partCount > 0) {
    response.header("x-amz-mp-parts-count", String(version.partCount));
  }
  writeLockHeaders(response, shown.lock);
  writeEncryptionHeaders(response, shown.told);
  writeChecksumHeaders(response, shown.checksum);
  writeObjectHeaders(response, version, shown.overrides);
}

function tagCount(tags: Readonly<Record<string, string>>): string | undefined {
  const count = Object.keys(tags).length;
  return count === 0 ? undefined : String(count);
}

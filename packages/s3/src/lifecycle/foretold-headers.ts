import {
  type Bucket,
  foretellAbort,
  foretellExpiration,
  type MultipartUpload,
  type StoredVersion,
} from "@strongroom/store";
import { encodeUri, printHttpDate } from "@strongroom/wire";
import type { S3Response } from "../http/s3-response.ts";

/** `x-amz-expiration`: when the bucket's rules end a current version; undefined where no rule does. */
export function expirationHeader(bucket: Bucket, version: StoredVersion): string | undefined {
  const end = foretellExpiration(bucket, version);
  if (end === null) return undefined;
  return `expiry-date="${printHttpDate(end.atMs)}", rule-id="${encodeUri(end.ruleId, { keepSlash: false })}"`;
}

/** As `expirationHeader`, where none was asked for by its version id: then S3 tells nothing (recorded). */
export function readExpirationHeader(
  { versionId }: { readonly versionId: string | undefined },
  bucket: Bucket,
  version: StoredVersion,
): string | undefined {
  return versionId === undefined ? expirationHeader(bucket, version) : undefined;
}

export interface ForetoldAbort {
  readonly abortDate: string;
  readonly abortRuleId: string;
}

/** When the bucket's rules end an upload that goes on; null where no rule does. */
export function foretoldAbort(bucket: Bucket, upload: MultipartUpload): ForetoldAbort | null {
  const end = foretellAbort(bucket, upload);
  return end === null
    ? null
    : { abortDate: printHttpDate(end.atMs), abortRuleId: encodeUri(end.ruleId, { keepSlash: false }) };
}

export function writeAbortHeaders(response: S3Response, abort: ForetoldAbort | null): void {
  response.header("x-amz-abort-date", abort?.abortDate).header("x-amz-abort-rule-id", abort?.abortRuleId);
}

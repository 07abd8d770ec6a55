import { s3Error } from "../errors.ts";
import type { S3Request } from "./s3-request.ts";

/** The bucket a bucket-level operation is addressed to. */
export function requireBucketName(request: S3Request): string {
  if (request.bucket === null) throw s3Error("InvalidBucketName");
  return request.bucket;
}

/** The object an object-level operation is addressed to; `versionId` is validated in form only. */
export function requireObjectAddress(request: S3Request): {
  readonly bucket: string;
  readonly objectKey: string;
  readonly versionId: string | undefined;
} {
  const bucket = requireBucketName(request);
  if (request.objectKey === null) throw s3Error("InvalidURI");
  return { bucket, objectKey: request.objectKey, versionId: request.query.get("versionId") };
}

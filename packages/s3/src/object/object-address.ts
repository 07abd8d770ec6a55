import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

export const MAX_OBJECT_KEY_BYTES = 1024;
const VERSION_ID = /^(null|[A-Za-z0-9._-]{32})$/;

/** Where an object lives; every object-level operation starts here. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly objectKey: string;
}

/** Throws KeyTooLongError beyond 1,024 bytes of UTF-8 and InvalidURI for a NUL, which no client can mean. */
export function readObjectAddress(request: S3Request): ObjectAddress {
  const { bucket, objectKey } = request;
  if (bucket === null || objectKey === null || objectKey === "") throw s3Error("MethodNotAllowed");
  requireLegalObjectKey(objectKey);
  return { bucket, objectKey };
}

export function requireLegalObjectKey(objectKey: string): void {
  // A UTF-16 unit takes at most three bytes, so short keys need no counting.
  if (objectKey.length * 3 > MAX_OBJECT_KEY_BYTES) {
    const sizeBytes = Buffer.byteLength(objectKey, "utf8");
    if (sizeBytes > MAX_OBJECT_KEY_BYTES) {
      throw s3Error("KeyTooLongError", {
        fields: { Size: String(sizeBytes), MaxSizeAllowed: String(MAX_OBJECT_KEY_BYTES) },
      });
    }
  }
  if (objectKey.includes("\0")) throw s3Error("InvalidURI");
}

/** The `versionId` parameter; undefined when absent. Throws InvalidArgument for what cannot be one. */
export function readVersionId(request: S3Request): string | undefined {
  const versionId = request.query.get("versionId");
  return versionId === undefined ? undefined : requireVersionId(versionId);
}

/** Ids come back in headers and documents, so nothing but their characters goes further. */
export function requireVersionId(versionId: string): string {
  if (versionId === "") throw invalidArgument("Version id cannot be the empty string", "versionId", "");
  if (VERSION_ID.test(versionId)) return versionId;
  throw invalidArgument("Invalid version id specified", "versionId", versionId);
}

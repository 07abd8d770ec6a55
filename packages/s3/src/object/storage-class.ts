import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

/**
 * The classes a general-purpose bucket takes. Here a class is a label that is kept and shown: every object is
 * stored alike. Archived ones must be restored before they are read, as clients of S3 expect (archived-version.ts).
 */
const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "GLACIER_IR",
  "DEEP_ARCHIVE",
]);

export const DEFAULT_STORAGE_CLASS = "STANDARD";

/** The class a write asks for; STANDARD when it asks for none. Throws InvalidStorageClass. */
export function readStorageClass(request: S3Request): string {
  const storageClass = request.header("x-amz-storage-class");
  if (storageClass === undefined) return DEFAULT_STORAGE_CLASS;
  if (STORAGE_CLASSES.has(storageClass)) return storageClass;
  throw s3Error("InvalidStorageClass", { fields: { StorageClassRequested: storageClass } });
}

/** The header S3 leaves out for STANDARD. */
export function storageClassHeader(storageClass: string): string | undefined {
  return storageClass === DEFAULT_STORAGE_CLASS ? undefined : storageClass;
}

import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

/** Tells and is told from which size on objects change their class by default. */
export const MINIMUM_OBJECT_SIZE_HEADER = "x-amz-transition-default-minimum-object-size";
const SIZES: readonly string[] = ["all_storage_classes_128K", "varies_by_storage_class"];

/** Throws InvalidRequest for a word that is none of S3's (recorded). */
export function readMinimumObjectSize(request: S3Request): string {
  const size = request.header(MINIMUM_OBJECT_SIZE_HEADER) ?? "all_storage_classes_128K";
  if (SIZES.includes(size)) return size;
  throw s3Error("InvalidRequest", { message: `Invalid TransitionDefaultMinimumObjectSize found: ${size}` });
}

import { type EncryptionContext, storedObjectContext } from "@strongroom/envelope";
import type { EncryptionPlan } from "../model.ts";

/**
 * What the data key of one body is bound to: scheme, bucket, object key, the uid drawn for the version or upload, and
 * the part number (0 for an object written whole). A wrapped key moved anywhere else does not open.
 */
export function bodyContext(
  plan: EncryptionPlan,
  bucket: string,
  objectKey: string,
  uid: string,
  partNumber: number,
): EncryptionContext {
  return storedObjectContext({ scheme: plan.scheme, bucket, objectKey, uid, kmsKeyId: "", partNumber });
}

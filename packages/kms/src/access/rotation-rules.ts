import type { KmsKey } from "../keys/kms-key.ts";
import { type KmsError, unsupported } from "../kms-error.ts";

/** Rotation is for symmetric encryption keys; of a multi-Region key, for the primary. */
export function requireRotatable(key: KmsKey): void {
  const { record, set } = key;
  if (set.spec !== "SYMMETRIC_DEFAULT") throw unsupported("");
  if (key.store !== null)
    throw unsupported(`${key.arn} origin is ${set.origin} which is not valid for this operation.`);
  if (set.isMultiRegion && set.primaryRegion !== record.region) throw notPrimary(key);
}

export function requireOrigin(key: KmsKey, origin: "AWS_KMS" | "EXTERNAL"): void {
  if (key.set.origin !== origin) {
    throw unsupported(`${key.arn} origin is ${key.set.origin} which is not valid for this operation.`);
  }
}

export function requirePrimary(key: KmsKey): void {
  const { record, set } = key;
  if (!set.isMultiRegion || set.primaryRegion !== record.region) throw notPrimary(key);
}

function notPrimary(key: KmsKey): KmsError {
  return unsupported(`${key.arn} is not a multi-region primary key.`);
}

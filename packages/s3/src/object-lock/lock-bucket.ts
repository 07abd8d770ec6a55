import type { Bucket } from "@strongroom/store";
import { s3Error } from "../errors.ts";

/** Throws InvalidRequest unless versions in the bucket can be locked. */
export function requireLockBucket({ objectLock }: Bucket): void {
  if (objectLock !== undefined) return;
  throw s3Error("InvalidRequest", { message: "Bucket is missing Object Lock Configuration" });
}

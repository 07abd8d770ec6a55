import type { Engine } from "../engine.ts";
import type { Bucket, BucketObjectLock } from "../model.ts";
import { StoreError } from "../store-error.ts";
import { changeBucket } from "./change-bucket.ts";

/** Versions can be protected only where nothing overwrites them: Object Lock and suspended versioning never meet. */
export function setVersioning(
  engine: Engine,
  bucket: string,
  versioning: Exclude<Bucket["versioning"], "unversioned">,
): Promise<void> {
  return changeBucket(engine, bucket, (before) => {
    if (before.objectLock !== undefined && versioning !== "enabled") {
      throw invalidState(
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
      );
    }
    return { ...before, versioning };
  });
}

/** Enables Object Lock or replaces its default, which holds for versions that are made from then on. */
export function setObjectLock(engine: Engine, bucket: string, objectLock: BucketObjectLock): Promise<void> {
  return changeBucket(engine, bucket, (before) => {
    if (before.versioning !== "enabled") {
      throw invalidState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    }
    return { ...before, objectLock };
  });
}

function invalidState(message: string): StoreError {
  return new StoreError("InvalidBucketState", "state", message);
}

import type { Engine } from "../engine.ts";
import { IndexConflictError } from "../index/index-port.ts";
import type { Bucket } from "../model.ts";
import type { CreateBucketInput } from "../object-store.ts";
import { bucketKey } from "../record-keys.ts";
import { decodeBucket, encodeBucket } from "../records.ts";
import { StoreError } from "../store-error.ts";

/** Throws BucketAlreadyOwnedByYou or BucketAlreadyExists. */
export async function createBucket(engine: Engine, input: CreateBucketInput): Promise<Bucket> {
  const key = bucketKey(input.bucket);
  const bucket: Bucket = {
    name: input.bucket,
    ownerId: input.ownerId,
    region: input.region,
    createdMs: engine.clock.nowMs(),
    ...(input.objectLock === true
      ? { versioning: "enabled", objectLock: { defaultRetention: null } }
      : { versioning: "unversioned" }),
    configuration: input.configuration ?? {},
  };
  try {
    await engine.index.commit({
      checks: [{ key, revision: null }],
      puts: [{ key, value: encodeBucket(bucket) }],
    });
    return bucket;
  } catch (error) {
    if (!(error instanceof IndexConflictError)) throw error;
  }
  const stored = await engine.index.get(key);
  if (stored !== null && decodeBucket(stored.value).ownerId === input.ownerId) {
    throw new StoreError(
      "BucketAlreadyOwnedByYou",
      "state",
      "Your previous request to create the named bucket succeeded and you already own it.",
      { bucket: input.bucket },
    );
  }
  throw new StoreError(
    "BucketAlreadyExists",
    "state",
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    { bucket: input.bucket },
  );
}

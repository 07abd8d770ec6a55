import type { ObjectSelector } from "@strongroom/store";
import { s3Error } from "../errors.ts";
import type { S3Services } from "../operation.ts";
import type { ObjectAddress } from "./object-address.ts";

/** The name under which a bucket keeps the encryption it was given; absent while nobody gave it one. */
const BUCKET_ENCRYPTION = "encryption";

/**
 * Throws InvalidRequest for a copy onto its own current version that changes nothing. An older version may come
 * back this way, and in a bucket whose encryption was once set a copy may be meant to seal anew (reference §1.5).
 */
export async function refuseIdleSelfCopy(
  { store }: S3Services,
  target: ObjectAddress,
  source: ObjectSelector,
): Promise<void> {
  const isSelf = source.bucket === target.bucket && source.objectKey === target.objectKey;
  if (!isSelf || source.versionId !== undefined) return;
  const { configuration } = await store.requireBucket(target.bucket);
  if (configuration[BUCKET_ENCRYPTION] !== undefined) return;
  throw s3Error("InvalidRequest", {
    message:
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  });
}

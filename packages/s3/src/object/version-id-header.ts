import type { S3Services } from "../operation.ts";

const NULL_VERSION_ID = "null";

/**
 * What `x-amz-version-id` says of a version that was read: its id, or nothing in a bucket that never kept versions.
 * Only a null version needs the bucket to tell the two apart.
 */
export async function versionIdHeaderOf(
  services: S3Services,
  bucket: string,
  versionId: string,
): Promise<string | undefined> {
  if (versionId !== NULL_VERSION_ID) return versionId;
  const { versioning } = await services.store.requireBucket(bucket);
  return versioning === "unversioned" ? undefined : versionId;
}

/** What it says of a version just written by a put or a complete: S3 is silent about null versions there. */
export function writtenVersionIdHeader(versionId: string): string | undefined {
  return versionId === NULL_VERSION_ID ? undefined : versionId;
}

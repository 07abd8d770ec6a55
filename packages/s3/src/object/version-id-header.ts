import type { Bucket } from "@strongroom/store";

const NULL_VERSION_ID = "null";

/**
 * What `x-amz-version-id` says of a version that was read: its id, or nothing in a bucket that never kept versions.
 */
export function versionIdHeaderOf({ versioning }: Bucket, versionId: string): string | undefined {
  return versionId === NULL_VERSION_ID && versioning === "unversioned" ? undefined : versionId;
}

/** What it says of a version just written by a put or a complete: S3 is silent about null versions there. */
export function writtenVersionIdHeader(versionId: string): string | undefined {
  return versionId === NULL_VERSION_ID ? undefined : versionId;
}

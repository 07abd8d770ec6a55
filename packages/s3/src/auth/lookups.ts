import type { Bucket, ObjectStore } from "@strongroom/store";
import type { S3Request } from "../http/s3-request.ts";

/** What deciding about requests looks up. */
export interface Lookups {
  readonly store: ObjectStore;
  readonly region: string;
  nowMs(): number;
  /** The account behind an owner id that S3 shows; null when it is gone. */
  findAccountId(canonicalUserId: string): Promise<string | null> | string | null;
  /** A copy's source bucket. Throws InvalidBucketName, NoSuchBucket, AccessDenied (another owner was expected). */
  requireSourceBucket(name: string, request: S3Request): Promise<Bucket>;
}

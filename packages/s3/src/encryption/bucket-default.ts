import type { RequestAccess } from "../auth/request-access.ts";
import { type BucketEncryption, parseStoredEncryption } from "../http/bucket-encryption.ts";
import type { S3Services } from "../operation.ts";

/** What the bucket that a request is addressed to says about encryption. */
export function bucketDefault(
  { defaultEncryption }: Pick<S3Services, "defaultEncryption">,
  access: RequestAccess,
): BucketEncryption {
  return parseStoredEncryption(access.bucket.configuration["encryption"], defaultEncryption);
}

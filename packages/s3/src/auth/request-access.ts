import type { NamedPolicy } from "@strongroom/iam";
import type { Bucket } from "@strongroom/store";
import type { BucketAccess } from "../access/bucket-access.ts";
import type { S3Error } from "../errors.ts";
import type { RequiredPermission } from "../operation.ts";
import type { BlockedGrant } from "./denial.ts";

/** What one request's caller may do. Everything is decided against the bucket as it was when the request came. */
export interface RequestAccess {
  /** The bucket the request is addressed to, read once. Throws NoSuchBucket where there is none. */
  readonly bucket: Bucket;
  readonly settings: BucketAccess;
  /** Throws AccessDenied; NoSuchBucket where a copy's source bucket is missing. */
  require(permissions: readonly RequiredPermission[]): Promise<void>;
  /** null: the caller may. */
  findDenial(permission: RequiredPermission): Promise<S3Error | null>;
  /** Whether the caller could still do it if this were the bucket's policy. */
  isAllowedUnder(policy: NamedPolicy, permission: RequiredPermission): Promise<boolean>;
  /** The AccessDenied of somebody who may, but wants what the public access block forbids. */
  refusalOf(permission: RequiredPermission, by: BlockedGrant): Promise<S3Error>;
  /** The account behind an owner id; null: there is none. */
  readonly findAccountId: (canonicalUserId: string) => Promise<string | null>;
}

/** Actions that AWS's Service Authorization Reference lists for objects. */
const OBJECT_ACTIONS = [
  "AbortMultipartUpload",
  "BypassGovernanceRetention",
  "DeleteObject",
  "DeleteObjectTagging",
  "DeleteObjectVersion",
  "DeleteObjectVersionTagging",
  "GetObject",
  "GetObjectAcl",
  "GetObjectAttributes",
  "GetObjectLegalHold",
  "GetObjectRetention",
  "GetObjectTagging",
  "GetObjectTorrent",
  "GetObjectVersion",
  "GetObjectVersionAcl",
  "GetObjectVersionAttributes",
  "GetObjectVersionForReplication",
  "GetObjectVersionTagging",
  "GetObjectVersionTorrent",
  "InitiateReplication",
  "ListMultipartUploadParts",
  "ObjectOwnerOverrideToBucketOwner",
  "PutObject",
  "PutObjectAcl",
  "PutObjectLegalHold",
  "PutObjectRetention",
  "PutObjectTagging",
  "PutObjectVersionAcl",
  "PutObjectVersionTagging",
  "ReplicateDelete",
  "ReplicateObject",
  "ReplicateTags",
  "RestoreObject",
  "UpdateObjectEncryption",
] as const;

/** Actions that it lists for buckets. */
const BUCKET_ACTIONS = [
  "CreateBucket",
  "CreateBucketMetadataTableConfiguration",
  "DeleteBucket",
  "DeleteBucketMetadataTableConfiguration",
  "DeleteBucketPolicy",
  "DeleteBucketWebsite",
  "GetAccelerateConfiguration",
  "GetAnalyticsConfiguration",
  "GetBucketAbac",
  "GetBucketAcl",
  "GetBucketCORS",
  "GetBucketLocation",
  "GetBucketLogging",
  "GetBucketMetadataTableConfiguration",
  "GetBucketNotification",
  "GetBucketObjectLockConfiguration",
  "GetBucketOwnershipControls",
  "GetBucketPolicy",
  "GetBucketPolicyStatus",
  "GetBucketPublicAccessBlock",
  "GetBucketRequestPayment",
  "GetBucketTagging",
  "GetBucketVersioning",
  "GetBucketWebsite",
  "GetEncryptionConfiguration",
  "GetIntelligentTieringConfiguration",
  "GetInventoryConfiguration",
  "GetLifecycleConfiguration",
  "GetMetricsConfiguration",
  "GetReplicationConfiguration",
  "ListBucket",
  "ListBucketMultipartUploads",
  "ListBucketVersions",
  "ListTagsForResource",
  "PutAccelerateConfiguration",
  "PutAnalyticsConfiguration",
  "PutBucketAbac",
  "PutBucketAcl",
  "PutBucketCORS",
  "PutBucketLogging",
  "PutBucketNotification",
  "PutBucketObjectLockConfiguration",
  "PutBucketOwnershipControls",
  "PutBucketPolicy",
  "PutBucketPublicAccessBlock",
  "PutBucketRequestPayment",
  "PutBucketTagging",
  "PutBucketVersioning",
  "PutBucketWebsite",
  "PutEncryptionConfiguration",
  "PutIntelligentTieringConfiguration",
  "PutInventoryConfiguration",
  "PutLifecycleConfiguration",
  "PutMetricsConfiguration",
  "PutReplicationConfiguration",
  "TagResource",
  "UntagResource",
] as const;

/** Actions on an account: a bucket's policy has nothing to say about them. */
const ACCOUNT_ACTIONS = [
  "GetAccountPublicAccessBlock",
  "ListAllMyBuckets",
  "PutAccountPublicAccessBlock",
] as const;

export type S3ResourceKind = "account" | "bucket" | "object";

const KINDS: ReadonlyMap<string, S3ResourceKind> = new Map([
  ...ACCOUNT_ACTIONS.map((name) => [`s3:${name.toLowerCase()}`, "account"] as const),
  ...BUCKET_ACTIONS.map((name) => [`s3:${name.toLowerCase()}`, "bucket"] as const),
  ...OBJECT_ACTIONS.map((name) => [`s3:${name.toLowerCase()}`, "object"] as const),
]);

/** What kinds of things an action, or the actions a pattern stands for, are done to; none: there is no such action. */
export function kindsOfAction(
  pattern: string,
  matches: (action: string) => boolean,
): ReadonlySet<S3ResourceKind> {
  const exact = KINDS.get(pattern.toLowerCase());
  if (exact !== undefined) return new Set([exact]);
  return new Set([...KINDS].filter(([action]) => matches(action)).map(([, kind]) => kind));
}

/** What the last part of an operation's name in access logs is, where it is not what the table's row suggests. */
const RESOURCES: Readonly<Record<string, string>> = {
  AbortMultipartUpload: "UPLOAD",
  CompleteMultipartUpload: "UPLOAD",
  CreateMultipartUpload: "UPLOADS",
  DeleteBucketCors: "CORS",
  DeleteBucketEncryption: "ENCRYPTION",
  DeleteBucketInventoryConfiguration: "INVENTORY",
  DeleteBucketLifecycle: "LIFECYCLE",
  DeleteBucketOwnershipControls: "OWNERSHIP_CONTROLS",
  DeleteBucketPolicy: "BUCKETPOLICY",
  DeleteBucketTagging: "TAGGING",
  DeleteObjectTagging: "OBJECT_TAGGING",
  DeleteObjects: "MULTI_OBJECT_DELETE",
  DeletePublicAccessBlock: "PUBLIC_ACCESS_BLOCK",
  GetBucketAccelerateConfiguration: "ACCELERATE",
  GetBucketAcl: "ACL",
  GetBucketCors: "CORS",
  GetBucketEncryption: "ENCRYPTION",
  GetBucketInventoryConfiguration: "INVENTORY",
  GetBucketLifecycleConfiguration: "LIFECYCLE",
  GetBucketLocation: "LOCATION",
  GetBucketLogging: "LOGGING_STATUS",
  GetBucketNotificationConfiguration: "NOTIFICATION",
  GetBucketOwnershipControls: "OWNERSHIP_CONTROLS",
  GetBucketPolicy: "BUCKETPOLICY",
  GetBucketPolicyStatus: "BUCKETPOLICY_STATUS",
  GetBucketReplication: "REPLICATION",
  GetBucketRequestPayment: "REQUEST_PAYMENT",
  GetBucketTagging: "TAGGING",
  GetBucketVersioning: "VERSIONING",
  GetBucketWebsite: "WEBSITE",
  GetObjectAcl: "ACL",
  GetObjectAttributes: "OBJECT_ATTRIBUTES",
  GetObjectLegalHold: "LEGAL_HOLD",
  GetObjectLockConfiguration: "OBJECT_LOCK_CONFIGURATION",
  GetObjectRetention: "RETENTION",
  GetObjectTagging: "OBJECT_TAGGING",
  GetPublicAccessBlock: "PUBLIC_ACCESS_BLOCK",
  ListBucketInventoryConfigurations: "INVENTORY",
  ListMultipartUploads: "UPLOADS",
  ListObjectVersions: "BUCKETVERSIONS",
  ListParts: "UPLOAD",
  PostObject: "OBJECT",
  PutBucketAcl: "ACL",
  PutBucketCors: "CORS",
  PutBucketEncryption: "ENCRYPTION",
  PutBucketInventoryConfiguration: "INVENTORY",
  PutBucketLifecycleConfiguration: "LIFECYCLE",
  PutBucketLogging: "LOGGING_STATUS",
  PutBucketNotificationConfiguration: "NOTIFICATION",
  PutBucketOwnershipControls: "OWNERSHIP_CONTROLS",
  PutBucketPolicy: "BUCKETPOLICY",
  PutBucketTagging: "TAGGING",
  PutBucketVersioning: "VERSIONING",
  PutObjectAcl: "ACL",
  PutObjectLegalHold: "LEGAL_HOLD",
  PutObjectLockConfiguration: "OBJECT_LOCK_CONFIGURATION",
  PutObjectRetention: "RETENTION",
  PutObjectTagging: "OBJECT_TAGGING",
  PutPublicAccessBlock: "PUBLIC_ACCESS_BLOCK",
  RestoreObject: "RESTORE",
  UpdateObjectEncryption: "OBJECT_ENCRYPTION",
  UploadPart: "PART",
};

/** Copies are named by what they do, not by their method; each leaves a line with the bucket it reads as well. */
const COPIES: Readonly<Record<string, readonly [written: string, read: string]>> = {
  CopyObject: ["REST.COPY.OBJECT", "REST.COPY.OBJECT_GET"],
  UploadPartCopy: ["REST.COPY.PART", "REST.COPY.PART_GET"],
};

/** Of each key that DeleteObjects names. */
export const BATCH_DELETE = "BATCH.DELETE.OBJECT";

/** The operation as access logs name it; `operation` null: none was recognised. */
export function loggedOperation(operation: string | null, method: string, hasKey: boolean): string {
  if (method === "OPTIONS") return "REST.OPTIONS.PREFLIGHT";
  const copy = operation === null ? undefined : COPIES[operation];
  if (copy !== undefined) return copy[0];
  const resource = operation === null ? undefined : RESOURCES[operation];
  return `REST.${method}.${resource ?? (hasKey ? "OBJECT" : "BUCKET")}`;
}

/** What the bucket that a copy reads is told of it; null: it is no copy. */
export function loggedCopyRead(operation: string | null): string | null {
  return (operation === null ? undefined : COPIES[operation]?.[1]) ?? null;
}

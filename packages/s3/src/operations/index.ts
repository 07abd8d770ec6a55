import type { AnyOperation } from "../http/match-operation.ts";
import { abortMultipartUpload } from "./abort-multipart-upload.ts";
import { absentConfigurations } from "./absent-configurations.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
import { copyObject } from "./copy-object.ts";
import { createBucket } from "./create-bucket.ts";
import { createMultipartUpload } from "./create-multipart-upload.ts";
import { deleteBucket } from "./delete-bucket.ts";
import { deleteBucketCors } from "./delete-bucket-cors.ts";
import { deleteBucketEncryption } from "./delete-bucket-encryption.ts";
import { deleteBucketInventoryConfiguration } from "./delete-bucket-inventory-configuration.ts";
import { deleteBucketLifecycle } from "./delete-bucket-lifecycle.ts";
import { deleteBucketOwnershipControls } from "./delete-bucket-ownership-controls.ts";
import { deleteBucketPolicy } from "./delete-bucket-policy.ts";
import { deleteBucketTagging } from "./delete-bucket-tagging.ts";
import { deleteObject } from "./delete-object.ts";
import { deleteObjectTagging } from "./delete-object-tagging.ts";
import { deleteObjects } from "./delete-objects.ts";
import { deletePublicAccessBlock } from "./delete-public-access-block.ts";
import { fixedConfigurations } from "./fixed-configurations.ts";
import { getBucketAcl } from "./get-bucket-acl.ts";
import { getBucketCors } from "./get-bucket-cors.ts";
import { getBucketEncryption } from "./get-bucket-encryption.ts";
import { getBucketInventoryConfiguration } from "./get-bucket-inventory-configuration.ts";
import { getBucketLifecycleConfiguration } from "./get-bucket-lifecycle-configuration.ts";
import { getBucketLocation } from "./get-bucket-location.ts";
import { getBucketLogging } from "./get-bucket-logging.ts";
import { getBucketNotificationConfiguration } from "./get-bucket-notification-configuration.ts";
import { getBucketOwnershipControls } from "./get-bucket-ownership-controls.ts";
import { getBucketPolicy } from "./get-bucket-policy.ts";
import { getBucketPolicyStatus } from "./get-bucket-policy-status.ts";
import { getBucketTagging } from "./get-bucket-tagging.ts";
import { getBucketVersioning } from "./get-bucket-versioning.ts";
import { getObject } from "./get-object.ts";
import { getObjectAcl } from "./get-object-acl.ts";
import { getObjectAttributes } from "./get-object-attributes.ts";
import { getObjectLegalHold } from "./get-object-legal-hold.ts";
import { getObjectLockConfiguration } from "./get-object-lock-configuration.ts";
import { getObjectRetention } from "./get-object-retention.ts";
import { getObjectTagging } from "./get-object-tagging.ts";
import { getPublicAccessBlock } from "./get-public-access-block.ts";
import { headBucket } from "./head-bucket.ts";
import { headObject } from "./head-object.ts";
import { listBucketInventoryConfigurations } from "./list-bucket-inventory-configurations.ts";
import { listBuckets } from "./list-buckets.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import { listObjectVersions } from "./list-object-versions.ts";
import { listObjects } from "./list-objects.ts";
import { listObjectsV2 } from "./list-objects-v2.ts";
import { listParts } from "./list-parts.ts";
import { postObject } from "./post-object.ts";
import { putBucketAcl } from "./put-bucket-acl.ts";
import { putBucketCors } from "./put-bucket-cors.ts";
import { putBucketEncryption } from "./put-bucket-encryption.ts";
import { putBucketInventoryConfiguration } from "./put-bucket-inventory-configuration.ts";
import { putBucketLifecycleConfiguration } from "./put-bucket-lifecycle-configuration.ts";
import { putBucketLogging } from "./put-bucket-logging.ts";
import { putBucketNotificationConfiguration } from "./put-bucket-notification-configuration.ts";
import { putBucketOwnershipControls } from "./put-bucket-ownership-controls.ts";
import { putBucketPolicy } from "./put-bucket-policy.ts";
import { putBucketTagging } from "./put-bucket-tagging.ts";
import { putBucketVersioning } from "./put-bucket-versioning.ts";
import { putObject } from "./put-object.ts";
import { putObjectAcl } from "./put-object-acl.ts";
import { putObjectLegalHold } from "./put-object-legal-hold.ts";
import { putObjectLockConfiguration } from "./put-object-lock-configuration.ts";
import { putObjectRetention } from "./put-object-retention.ts";
import { putObjectTagging } from "./put-object-tagging.ts";
import { putPublicAccessBlock } from "./put-public-access-block.ts";
import { restoreObject } from "./restore-object.ts";
import { updateObjectEncryption } from "./update-object-encryption.ts";
import { uploadPart } from "./upload-part.ts";
import { uploadPartCopy } from "./upload-part-copy.ts";

/** The S3 table: every operation that exists. What is not here is answered with 501 or 405. */
export const OPERATIONS: readonly AnyOperation[] = [
  listBuckets,
  createBucket,
  headBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  putBucketVersioning,
  getBucketEncryption,
  putBucketEncryption,
  deleteBucketEncryption,
  getBucketTagging,
  putBucketTagging,
  deleteBucketTagging,
  getBucketCors,
  putBucketCors,
  deleteBucketCors,
  getBucketInventoryConfiguration,
  listBucketInventoryConfigurations,
  putBucketInventoryConfiguration,
  deleteBucketInventoryConfiguration,
  getBucketLifecycleConfiguration,
  putBucketLifecycleConfiguration,
  deleteBucketLifecycle,
  getBucketLogging,
  putBucketLogging,
  getBucketNotificationConfiguration,
  putBucketNotificationConfiguration,
  getBucketAcl,
  putBucketAcl,
  getObjectAcl,
  putObjectAcl,
  putBucketPolicy,
  getBucketPolicy,
  deleteBucketPolicy,
  getBucketPolicyStatus,
  putPublicAccessBlock,
  getPublicAccessBlock,
  deletePublicAccessBlock,
  putBucketOwnershipControls,
  getBucketOwnershipControls,
  deleteBucketOwnershipControls,
  listObjects,
  listObjectsV2,
  listObjectVersions,
  putObject,
  postObject,
  getObject,
  headObject,
  deleteObject,
  deleteObjects,
  copyObject,
  getObjectAttributes,
  getObjectTagging,
  putObjectTagging,
  deleteObjectTagging,
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
  listParts,
  listMultipartUploads,
  completeMultipartUpload,
  abortMultipartUpload,
  restoreObject,
  updateObjectEncryption,
  getObjectLockConfiguration,
  putObjectLockConfiguration,
  getObjectRetention,
  putObjectRetention,
  getObjectLegalHold,
  putObjectLegalHold,
  ...fixedConfigurations,
  ...absentConfigurations,
];

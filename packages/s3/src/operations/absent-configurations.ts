import { bucketPermission } from "../auth/object-permissions.ts";
import { type S3ErrorCode, s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

interface AbsentConfiguration {
  /** As in GetBucket…, DeleteBucket…. */
  readonly noun: string;
  readonly query: string;
  readonly action: string;
  readonly code: S3ErrorCode;
  /** Whether S3 has a DELETE for it, which succeeds when there is nothing to delete. */
  readonly deletable: boolean;
}

/** Subresources no bucket has: reading one says so in S3's words, setting one is not built. */
const CONFIGURATIONS: readonly AbsentConfiguration[] = [
  {
    noun: "BucketPolicy",
    query: "policy",
    action: "BucketPolicy",
    code: "NoSuchBucketPolicy",
    deletable: true,
  },
  {
    noun: "BucketPolicyStatus",
    query: "policyStatus",
    action: "BucketPolicyStatus",
    code: "NoSuchBucketPolicy",
    deletable: false,
  },
  {
    noun: "BucketCors",
    query: "cors",
    action: "BucketCORS",
    code: "NoSuchCORSConfiguration",
    deletable: true,
  },
  {
    noun: "BucketLifecycle",
    query: "lifecycle",
    action: "LifecycleConfiguration",
    code: "NoSuchLifecycleConfiguration",
    deletable: true,
  },
  {
    noun: "BucketWebsite",
    query: "website",
    action: "BucketWebsite",
    code: "NoSuchWebsiteConfiguration",
    deletable: true,
  },
  {
    noun: "BucketReplication",
    query: "replication",
    action: "ReplicationConfiguration",
    code: "ReplicationConfigurationNotFoundError",
    deletable: true,
  },
  {
    noun: "ObjectLockConfiguration",
    query: "object-lock",
    action: "BucketObjectLockConfiguration",
    code: "ObjectLockConfigurationNotFoundError",
    deletable: false,
  },
];

export const absentConfigurations: readonly Operation<Input, void>[] = CONFIGURATIONS.flatMap(
  (configuration) =>
    configuration.deletable ? [reading(configuration), deleting(configuration)] : [reading(configuration)],
);

function reading({ noun, query, action, code }: AbsentConfiguration): Operation<Input, void> {
  return {
    name: `Get${noun}`,
    route: { method: "GET", level: "bucket", query: [query] },
    read: (request) => ({ bucket: requireBucketName(request) }),
    permissions: bucketPermission(`s3:Get${action}`),
    run: async ({ bucket }, { store }) => {
      await store.requireBucket(bucket);
      throw s3Error(code, { fields: { BucketName: bucket } });
    },
    write: (_output, response) => response.sendEmpty(),
  };
}

function deleting({ noun, query, action }: AbsentConfiguration): Operation<Input, void> {
  return {
    name: `Delete${noun}`,
    route: { method: "DELETE", level: "bucket", query: [query] },
    read: (request) => ({ bucket: requireBucketName(request) }),
    permissions: bucketPermission(`s3:Delete${action}`),
    run: async ({ bucket }, { store }) => {
      await store.requireBucket(bucket);
    },
    write: (_output, response) => response.status(204).sendEmpty(),
  };
}

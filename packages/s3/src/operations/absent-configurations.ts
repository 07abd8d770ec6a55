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
  readonly readAction: string;
  readonly code: S3ErrorCode;
  /** Of S3's DELETE, which succeeds when there is nothing to delete; null: S3 has none. */
  readonly deleteAction: string | null;
}

/** Subresources no bucket has: reading one says so in S3's words, setting one is not built. */
const CONFIGURATIONS: readonly AbsentConfiguration[] = [
  {
    noun: "BucketCors",
    query: "cors",
    readAction: "s3:GetBucketCORS",
    code: "NoSuchCORSConfiguration",
    deleteAction: "s3:PutBucketCORS",
  },
  {
    noun: "BucketLifecycle",
    query: "lifecycle",
    readAction: "s3:GetLifecycleConfiguration",
    code: "NoSuchLifecycleConfiguration",
    deleteAction: "s3:PutLifecycleConfiguration",
  },
  {
    noun: "BucketWebsite",
    query: "website",
    readAction: "s3:GetBucketWebsite",
    code: "NoSuchWebsiteConfiguration",
    deleteAction: "s3:DeleteBucketWebsite",
  },
  {
    noun: "BucketReplication",
    query: "replication",
    readAction: "s3:GetReplicationConfiguration",
    code: "ReplicationConfigurationNotFoundError",
    deleteAction: "s3:PutReplicationConfiguration",
  },
  {
    noun: "ObjectLockConfiguration",
    query: "object-lock",
    readAction: "s3:GetBucketObjectLockConfiguration",
    code: "ObjectLockConfigurationNotFoundError",
    deleteAction: null,
  },
];

export const absentConfigurations: readonly Operation<Input, void>[] = CONFIGURATIONS.flatMap(
  (configuration) => {
    const { deleteAction } = configuration;
    if (deleteAction === null) return [reading(configuration)];
    return [reading(configuration), deleting(configuration, deleteAction)];
  },
);

function reading({ noun, query, readAction, code }: AbsentConfiguration): Operation<Input, void> {
  return {
    name: `Get${noun}`,
    route: { method: "GET", level: "bucket", query: [query] },
    read: (request) => ({ bucket: requireBucketName(request) }),
    permissions: bucketPermission(readAction),
    run: async ({ bucket }, { store }) => {
      await store.requireBucket(bucket);
      throw s3Error(code, { fields: { BucketName: bucket } });
    },
    write: (_output, response) => response.sendEmpty(),
  };
}

function deleting({ noun, query }: AbsentConfiguration, action: string): Operation<Input, void> {
  return {
    name: `Delete${noun}`,
    route: { method: "DELETE", level: "bucket", query: [query] },
    read: (request) => ({ bucket: requireBucketName(request) }),
    permissions: bucketPermission(action),
    run: async ({ bucket }, { store }) => {
      await store.requireBucket(bucket);
    },
    write: (_output, response) => response.status(204).sendEmpty(),
  };
}

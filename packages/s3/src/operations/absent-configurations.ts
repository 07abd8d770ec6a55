import { bucketPermission } from "../auth/object-permissions.ts";
import { type S3ErrorCode, s3Error } from "../errors.ts";
import type { Operation } from "../operation.ts";

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
];

export const absentConfigurations: readonly Operation<void, void>[] = CONFIGURATIONS.flatMap(
  (configuration) => {
    const { deleteAction } = configuration;
    if (deleteAction === null) return [reading(configuration)];
    return [reading(configuration), deleting(configuration, deleteAction)];
  },
);

function reading({ noun, query, readAction, code }: AbsentConfiguration): Operation<void, void> {
  return {
    name: `Get${noun}`,
    route: { method: "GET", level: "bucket", query: [query] },
    read: () => {},
    permissions: bucketPermission(readAction),
    run: async (_input, _services, _request, { bucket }) => {
      throw s3Error(code, { fields: { BucketName: bucket.name } });
    },
    write: (_output, response) => response.sendEmpty(),
  };
}

function deleting({ noun, query }: AbsentConfiguration, action: string): Operation<void, void> {
  return {
    name: `Delete${noun}`,
    route: { method: "DELETE", level: "bucket", query: [query] },
    read: () => {},
    permissions: bucketPermission(action),
    run: async () => {},
    write: (_output, response) => response.status(204).sendEmpty(),
  };
}

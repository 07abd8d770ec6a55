import type { VersioningState } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

const STATUS = {
  unversioned: undefined,
  enabled: "Enabled",
  suspended: "Suspended",
} as const satisfies Record<VersioningState, string | undefined>;

export const getBucketVersioning: Operation<Input, VersioningState> = {
  name: "GetBucketVersioning",
  route: { method: "GET", level: "bucket", query: ["versioning"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:GetBucketVersioning"),
  run: async ({ bucket }, { store }) => (await store.requireBucket(bucket)).versioning,
  write: (state, response) =>
    response.sendXml(s3Document("VersioningConfiguration", [optionalElement("Status", STATUS[state])])),
};

import type { VersioningState } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

const STATUS = {
  unversioned: undefined,
  enabled: "Enabled",
  suspended: "Suspended",
} as const satisfies Record<VersioningState, string | undefined>;

export const getBucketVersioning: Operation<void, VersioningState> = {
  name: "GetBucketVersioning",
  route: { method: "GET", level: "bucket", query: ["versioning"] },
  read: () => {},
  permissions: bucketPermission("s3:GetBucketVersioning"),
  run: async (_input, _services, _request, { bucket }) => bucket.versioning,
  write: (state, response) =>
    response.sendXml(s3Document("VersioningConfiguration", [optionalElement("Status", STATUS[state])])),
};

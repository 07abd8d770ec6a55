import { bucketPermission } from "../auth/object-permissions.ts";
import { accessListDocument } from "../http/access-list.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const getBucketAcl: Operation<Input, string> = {
  name: "GetBucketAcl",
  route: { method: "GET", level: "bucket", query: ["acl"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:GetBucketAcl"),
  run: async ({ bucket }, { store }) => (await store.requireBucket(bucket)).ownerId,
  write: (ownerId, response) => response.sendXml(accessListDocument(ownerId)),
};

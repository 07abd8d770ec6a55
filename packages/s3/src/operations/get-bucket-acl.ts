import type { AccessList } from "../access/access-list.ts";
import { accessListDocument } from "../access/access-list-document.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

interface Output {
  readonly ownerId: string;
  readonly list: AccessList;
}

export const getBucketAcl: Operation<void, Output> = {
  name: "GetBucketAcl",
  route: { method: "GET", level: "bucket", query: ["acl"] },
  permissions: bucketPermission("s3:GetBucketAcl"),
  read: () => {},
  run: async (_input, _services, _request, { bucket, settings }) => ({
    ownerId: bucket.ownerId,
    list: settings.accessList,
  }),
  write: ({ ownerId, list }, response) => response.sendXml(accessListDocument(ownerId, list)),
};

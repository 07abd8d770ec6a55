import { type AccessListChange, readAccessListChange } from "../access/access-list-body.ts";
import { ACCESS_LIST_DOCUMENT } from "../access/bucket-access.ts";
import { planChangedList } from "../access/changed-access-list.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

/** Replaces the bucket's access list; where there are none, only what holds anyway is accepted. */
export const putBucketAcl: Operation<AccessListChange, void> = {
  name: "PutBucketAcl",
  route: { method: "PUT", level: "bucket", query: ["acl"] },
  permissions: bucketPermission("s3:PutBucketAcl"),
  read: readAccessListChange,
  run: async (change, { store }, _request, access) => {
    const { name, ownerId } = access.bucket;
    const permission = { action: "s3:PutBucketAcl", bucket: name, objectKey: null };
    const list = await planChangedList(change, ownerId, access, permission);
    await store.setBucketConfiguration(name, ACCESS_LIST_DOCUMENT, list);
  },
  write: (_output, response) => response.sendEmpty(),
};

import { bucketPermission } from "../auth/object-permissions.ts";
import { requireOwnerOnlyAccessList } from "../http/access-list.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

/** Changes nothing: buckets are their owner's alone, and only a list that says so is accepted. */
export const putBucketAcl: Operation<Input, void> = {
  name: "PutBucketAcl",
  route: { method: "PUT", level: "bucket", query: ["acl"] },
  read: async (request) => {
    await requireOwnerOnlyAccessList(request);
    return { bucket: requireBucketName(request) };
  },
  permissions: bucketPermission("s3:PutBucketAcl"),
  run: async ({ bucket }, { store }) => {
    await store.requireBucket(bucket);
  },
  write: (_output, response) => response.sendEmpty(),
};

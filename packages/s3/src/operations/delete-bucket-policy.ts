import { POLICY_DOCUMENT } from "../access/bucket-access.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

/** Removes the bucket's policy; succeeds when there is none. */
export const deleteBucketPolicy: Operation<void, void> = {
  name: "DeleteBucketPolicy",
  route: { method: "DELETE", level: "bucket", query: ["policy"] },
  permissions: bucketPermission("s3:DeleteBucketPolicy"),
  read: () => {},
  run: (_input, { store }, _request, { bucket }) =>
    store.setBucketConfiguration(bucket.name, POLICY_DOCUMENT, null),
  write: (_output, response) => response.status(204).sendEmpty(),
};

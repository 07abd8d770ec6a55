import { OWNERSHIP_DOCUMENT } from "../access/bucket-access.ts";
import { printStoredOwnership } from "../access/object-ownership.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

/** Afterwards objects are their writers', as in buckets from before there were controls. */
export const deleteBucketOwnershipControls: Operation<void, void> = {
  name: "DeleteBucketOwnershipControls",
  route: { method: "DELETE", level: "bucket", query: ["ownershipControls"] },
  permissions: bucketPermission("s3:PutBucketOwnershipControls"),
  read: () => {},
  run: (_input, { store }, _request, { bucket }) =>
    store.setBucketConfiguration(bucket.name, OWNERSHIP_DOCUMENT, printStoredOwnership(null)),
  write: (_output, response) => response.status(204).sendEmpty(),
};

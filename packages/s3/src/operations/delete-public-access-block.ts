import { PUBLIC_ACCESS_BLOCK_DOCUMENT } from "../access/bucket-access.ts";
import { printStoredBlock } from "../access/public-access-block.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

/** Afterwards nothing is blocked; that is not what a new bucket has. */
export const deletePublicAccessBlock: Operation<void, void> = {
  name: "DeletePublicAccessBlock",
  route: { method: "DELETE", level: "bucket", query: ["publicAccessBlock"] },
  permissions: bucketPermission("s3:PutBucketPublicAccessBlock"),
  read: () => {},
  run: (_input, { store }, _request, { bucket }) =>
    store.setBucketConfiguration(bucket.name, PUBLIC_ACCESS_BLOCK_DOCUMENT, printStoredBlock(null)),
  write: (_output, response) => response.status(204).sendEmpty(),
};

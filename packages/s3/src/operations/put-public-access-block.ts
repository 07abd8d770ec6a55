import { PUBLIC_ACCESS_BLOCK_DOCUMENT } from "../access/bucket-access.ts";
import {
  type PublicAccessBlock,
  printStoredBlock,
  readPublicAccessBlock,
} from "../access/public-access-block.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

const DOCUMENT_LIMIT_BYTES = 16 * 1024;

/** Sets all four switches; one that is not named is off. */
export const putPublicAccessBlock: Operation<PublicAccessBlock, void> = {
  name: "PutPublicAccessBlock",
  route: { method: "PUT", level: "bucket", query: ["publicAccessBlock"] },
  permissions: bucketPermission("s3:PutBucketPublicAccessBlock"),
  read: async (request) => readPublicAccessBlock(await request.readText(DOCUMENT_LIMIT_BYTES)),
  run: (block, { store }, _request, { bucket }) =>
    store.setBucketConfiguration(bucket.name, PUBLIC_ACCESS_BLOCK_DOCUMENT, printStoredBlock(block)),
  write: (_output, response) => response.sendEmpty(),
};

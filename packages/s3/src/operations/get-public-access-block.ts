import { PUBLIC_ACCESS_BLOCK_DOCUMENT } from "../access/bucket-access.ts";
import {
  type PublicAccessBlock,
  parseStoredBlock,
  publicAccessBlockDocument,
} from "../access/public-access-block.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import type { Operation } from "../operation.ts";

export const getPublicAccessBlock: Operation<void, PublicAccessBlock> = {
  name: "GetPublicAccessBlock",
  route: { method: "GET", level: "bucket", query: ["publicAccessBlock"] },
  permissions: bucketPermission("s3:GetBucketPublicAccessBlock"),
  read: () => {},
  run: async (_input, _services, _request, { bucket }) => {
    const block = parseStoredBlock(bucket.configuration[PUBLIC_ACCESS_BLOCK_DOCUMENT]);
    if (block !== null) return block;
    throw s3Error("NoSuchPublicAccessBlockConfiguration", { fields: { BucketName: bucket.name } });
  },
  write: (block, response) => response.sendXml(publicAccessBlockDocument(block)),
};

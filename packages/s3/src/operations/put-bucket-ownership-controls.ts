import { isOwnerOnly } from "../access/access-list.ts";
import { OWNERSHIP_DOCUMENT } from "../access/bucket-access.ts";
import {
  type ObjectOwnership,
  printStoredOwnership,
  readOwnershipControls,
} from "../access/object-ownership.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import type { Operation } from "../operation.ts";

const DOCUMENT_LIMIT_BYTES = 16 * 1024;

/** Says who owns what is written from now on, and whether access lists count. */
export const putBucketOwnershipControls: Operation<ObjectOwnership, void> = {
  name: "PutBucketOwnershipControls",
  route: { method: "PUT", level: "bucket", query: ["ownershipControls"] },
  permissions: bucketPermission("s3:PutBucketOwnershipControls"),
  read: async (request) => readOwnershipControls(await request.readText(DOCUMENT_LIMIT_BYTES)),
  run: async (ownership, { store }, _request, { bucket, settings }) => {
    // A list that serves others would stop to count without anybody having said so.
    if (ownership === "BucketOwnerEnforced" && !isOwnerOnly(settings.accessList, bucket.ownerId)) {
      throw s3Error("InvalidBucketAclWithObjectOwnership");
    }
    await store.setBucketConfiguration(bucket.name, OWNERSHIP_DOCUMENT, printStoredOwnership(ownership));
  },
  write: (_output, response) => response.sendEmpty(),
};

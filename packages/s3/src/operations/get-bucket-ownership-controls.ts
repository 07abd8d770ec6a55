import { OWNERSHIP_DOCUMENT } from "../access/bucket-access.ts";
import {
  type ObjectOwnership,
  ownershipControlsDocument,
  parseStoredOwnership,
} from "../access/object-ownership.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import type { Operation } from "../operation.ts";

export const getBucketOwnershipControls: Operation<void, ObjectOwnership> = {
  name: "GetBucketOwnershipControls",
  route: { method: "GET", level: "bucket", query: ["ownershipControls"] },
  permissions: bucketPermission("s3:GetBucketOwnershipControls"),
  read: () => {},
  run: async (_input, _services, _request, { bucket }) => {
    const ownership = parseStoredOwnership(bucket.configuration[OWNERSHIP_DOCUMENT]);
    if (ownership !== null) return ownership;
    throw s3Error("OwnershipControlsNotFoundError", { fields: { BucketName: bucket.name } });
  },
  write: (ownership, response) => response.sendXml(ownershipControlsDocument(ownership)),
};

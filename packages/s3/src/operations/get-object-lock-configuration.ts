import type { BucketObjectLock } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { lockConfigurationDocument } from "../object-lock/lock-configuration.ts";
import type { Operation } from "../operation.ts";

export const getObjectLockConfiguration: Operation<void, BucketObjectLock> = {
  name: "GetObjectLockConfiguration",
  route: { method: "GET", level: "bucket", query: ["object-lock"] },
  read: () => {},
  permissions: bucketPermission("s3:GetBucketObjectLockConfiguration"),
  run: async (_input, _services, _request, { bucket }) => {
    if (bucket.objectLock !== undefined) return bucket.objectLock;
    throw s3Error("ObjectLockConfigurationNotFoundError", { fields: { BucketName: bucket.name } });
  },
  write: (objectLock, response) => response.sendXml(lockConfigurationDocument(objectLock)),
};

import type { ObjectSelector, Retention } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { requireLockBucket } from "../object-lock/lock-bucket.ts";
import { retentionDocument } from "../object-lock/retention-document.ts";
import type { Operation } from "../operation.ts";

export const getObjectRetention: Operation<ObjectSelector, Retention> = {
  name: "GetObjectRetention",
  route: { method: "GET", level: "object", query: ["retention"] },
  read: (request) => ({ ...readObjectAddress(request), versionId: readVersionId(request) }),
  permissions: objectPermission("s3:GetObjectRetention"),
  run: async (input, { store }, _request, access) => {
    requireLockBucket(access.bucket);
    const { retention = null } = await store.readVersion(input);
    if (retention === null) throw s3Error("NoSuchObjectLockConfiguration");
    return retention;
  },
  write: (retention, response) => response.sendXml(retentionDocument(retention)),
};

import type { ObjectSelector } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { requireLockBucket } from "../object-lock/lock-bucket.ts";
import { legalHoldDocument } from "../object-lock/retention-document.ts";
import type { Operation } from "../operation.ts";

export const getObjectLegalHold: Operation<ObjectSelector, boolean> = {
  name: "GetObjectLegalHold",
  route: { method: "GET", level: "object", query: ["legal-hold"] },
  read: (request) => ({ ...readObjectAddress(request), versionId: readVersionId(request) }),
  permissions: objectPermission("s3:GetObjectLegalHold"),
  run: async (input, { store }, _request, access) => {
    requireLockBucket(access.bucket);
    const { legalHold = null } = await store.readVersion(input);
    if (legalHold === null) throw s3Error("NoSuchObjectLockConfiguration");
    return legalHold;
  },
  write: (legalHold, response) => response.sendXml(legalHoldDocument(legalHold)),
};

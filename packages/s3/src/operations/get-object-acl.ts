import type { ObjectSelector, StoredVersion } from "@strongroom/store";
import { ownerOnly, parseStoredAccessList } from "../access/access-list.ts";
import { accessListDocument } from "../access/access-list-document.ts";
import { objectPermission } from "../auth/object-permissions.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { writtenVersionIdHeader } from "../object/version-id-header.ts";
import type { Operation } from "../operation.ts";

/** Where there are no access lists, what is kept from a time when there were is not shown, as it does not count. */
interface Output {
  readonly version: StoredVersion;
  readonly ownerId: string;
  readonly accessList: string | null;
}

export const getObjectAcl: Operation<ObjectSelector, Output> = {
  name: "GetObjectAcl",
  route: { method: "GET", level: "object", query: ["acl"] },
  permissions: objectPermission("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
  read: (request) => ({ ...readObjectAddress(request), versionId: readVersionId(request) }),
  run: async (selector, { store }, _request, { bucket, settings }) => {
    const version = await store.readVersion(selector);
    if (settings.ownership === "BucketOwnerEnforced") {
      return { version, ownerId: bucket.ownerId, accessList: null };
    }
    return { version, ownerId: version.ownerId, accessList: version.accessList ?? null };
  },
  write: ({ version, ownerId, accessList }, response) =>
    response
      .header("x-amz-version-id", writtenVersionIdHeader(version.versionId))
      .sendXml(
        accessListDocument(
          ownerId,
          accessList === null ? ownerOnly(ownerId) : parseStoredAccessList(accessList),
        ),
      ),
};

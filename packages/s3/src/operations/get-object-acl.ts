import type { ObjectSelector, StoredVersion } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import { accessListDocument } from "../http/access-list.ts";
import { requireObjectAddress } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

export const getObjectAcl: Operation<ObjectSelector, StoredVersion> = {
  name: "GetObjectAcl",
  route: { method: "GET", level: "object", query: ["acl"] },
  read: requireObjectAddress,
  permissions: objectPermission("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
  run: (selector, { store }) => store.readVersion(selector),
  write: (version, response) =>
    response.header("x-amz-version-id", versionHeader(version)).sendXml(accessListDocument(version.ownerId)),
};

function versionHeader({ versionId }: StoredVersion): string | undefined {
  return versionId === "null" ? undefined : versionId;
}

import type { ObjectSelector } from "@strongroom/store";
import { type AccessListChange, readAccessListChange } from "../access/access-list-body.ts";
import { planChangedList } from "../access/changed-access-list.ts";
import { objectPermission } from "../auth/object-permissions.ts";
import { announcement } from "../notifications/announcement.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { onTaggedVersion } from "../object/tagged-version.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import type { Operation } from "../operation.ts";

interface Input extends ObjectSelector {
  readonly change: AccessListChange;
}

/** Replaces the access list of one version; where there are none, only what holds anyway is accepted. */
export const putObjectAcl: Operation<Input, string | undefined> = {
  name: "PutObjectAcl",
  route: { method: "PUT", level: "object", query: ["acl"] },
  permissions: objectPermission("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
  read: async (request) => ({
    ...readObjectAddress(request),
    versionId: readVersionId(request),
    change: await readAccessListChange(request),
  }),
  run: async (input, { store }, request, access) => {
    const versionId = await onTaggedVersion(request.method, async () => {
      const version = await store.readVersion(input);
      const { bucket, objectKey } = input;
      const action = input.versionId === undefined ? "s3:PutObjectAcl" : "s3:PutObjectVersionAcl";
      const list = await planChangedList(input.change, version.ownerId, access, {
        action,
        bucket,
        objectKey,
      });
      if ((version.accessList ?? null) === list) return version.versionId;
      const announce = announcement("ObjectAcl:Put", request);
      return store.setAccessList({ ...input, versionId: version.versionId, announce }, list);
    });
    return versionIdHeaderOf(access.bucket, versionId);
  },
  write: (versionIdHeader, response) => response.header("x-amz-version-id", versionIdHeader).sendEmpty(),
};

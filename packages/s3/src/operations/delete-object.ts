import type { DeleteObjectResult } from "@strongroom/store";
import { ownNewObject } from "../access/new-object-owner.ts";
import { deletionPermissions, isBypassRequested } from "../auth/object-permissions.ts";
import { announcement } from "../notifications/announcement.ts";
import { type ObjectAddress, readObjectAddress, readVersionId } from "../object/object-address.ts";
import { readDeleteCondition } from "../object/write-conditions.ts";
import { refuseNeedlessBypass } from "../object-lock/governance-bypass.ts";
import type { Operation } from "../operation.ts";

export interface DeleteObjectRequest extends ObjectAddress {
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
}

/** Removes a version that no lock protects, or hides the key behind a delete marker; deleting what is not there succeeds. */
export const deleteObject: Operation<DeleteObjectRequest, DeleteObjectResult> = {
  name: "DeleteObject",
  route: { method: "DELETE", level: "object" },

  read(request) {
    return {
      ...readObjectAddress(request),
      versionId: readVersionId(request),
      ifMatch: readDeleteCondition(request),
    };
  },

  permissions: (request) => {
    const target = readObjectAddress(request);
    const versionId = request.query.get("versionId");
    const ifMatch = request.header("if-match");
    return deletionPermissions({ ...target, versionId, ifMatch }, isBypassRequested(request));
  },

  async run(input, { store }, request, access) {
    refuseNeedlessBypass(request, access.bucket);
    const { ownerId } = await ownNewObject(null, access, request);
    return store.deleteObject({
      ...input,
      ownerId,
      bypassGovernance: isBypassRequested(request),
      announce: announcement("ObjectRemoved", request),
    });
  },

  write({ deleteMarker, versionId }, response) {
    response
      .status(204)
      .header("x-amz-delete-marker", deleteMarker ? "true" : undefined)
      .header("x-amz-version-id", versionId ?? undefined)
      .sendEmpty();
  },
};

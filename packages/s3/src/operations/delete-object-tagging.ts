import { objectPermission } from "../auth/object-permissions.ts";
import { announcement } from "../notifications/announcement.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { onTaggedVersion } from "../object/tagged-version.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import type { Operation } from "../operation.ts";
import type { TaggingRequest } from "./get-object-tagging.ts";
import type { ChangedTags } from "./put-object-tagging.ts";

/** Removes all tags of a version. */
export const deleteObjectTagging: Operation<TaggingRequest, ChangedTags> = {
  name: "DeleteObjectTagging",
  route: { method: "DELETE", level: "object", query: ["tagging"] },

  read(request) {
    return { ...readObjectAddress(request), versionId: readVersionId(request) };
  },

  permissions: objectPermission("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),

  async run(input, services, request, access) {
    const announce = announcement("ObjectTagging:Delete", request);
    const versionId = await onTaggedVersion(request.method, () =>
      services.store.setTags({ ...input, announce }, {}),
    );
    return { versionIdHeader: versionIdHeaderOf(access.bucket, versionId) };
  },

  write({ versionIdHeader }, response) {
    response.status(204).header("x-amz-version-id", versionIdHeader).sendEmpty();
  },
};

import { objectPermission } from "../auth/object-permissions.ts";
import { announcement } from "../notifications/announcement.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { onTaggedVersion } from "../object/tagged-version.ts";
import { MAX_TAGGING_XML_BYTES, parseTaggingXml, type Tags } from "../object/tagging.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import type { Operation } from "../operation.ts";
import type { TaggingRequest } from "./get-object-tagging.ts";

export interface PutObjectTaggingRequest extends TaggingRequest {
  readonly tags: Tags;
}

export interface ChangedTags {
  readonly versionIdHeader: string | undefined;
}

/** Replaces all tags of a version. */
export const putObjectTagging: Operation<PutObjectTaggingRequest, ChangedTags> = {
  name: "PutObjectTagging",
  route: { method: "PUT", level: "object", query: ["tagging"] },

  async read(request) {
    return {
      ...readObjectAddress(request),
      versionId: readVersionId(request),
      tags: parseTaggingXml(await request.readText(MAX_TAGGING_XML_BYTES)),
    };
  },

  permissions: objectPermission("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),

  async run(input, services, request, access) {
    const announce = announcement("ObjectTagging:Put", request);
    const versionId = await onTaggedVersion(request.method, () =>
      services.store.setTags({ ...input, announce }, input.tags),
    );
    return { versionIdHeader: versionIdHeaderOf(access.bucket, versionId) };
  },

  write({ versionIdHeader }, response) {
    response.status(200).header("x-amz-version-id", versionIdHeader).sendEmpty();
  },
};

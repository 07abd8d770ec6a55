import {
  type ObjectAddress,
  readObjectAddress,
  readVersionId,
  versionedAction,
} from "../object/object-address.ts";
import { onTaggedVersion } from "../object/tagged-version.ts";
import { type Tags, taggingElement } from "../object/tagging.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import type { Operation } from "../operation.ts";

export interface TaggingRequest extends ObjectAddress {
  readonly versionId: string | undefined;
}

export interface GetObjectTaggingResult {
  readonly tags: Tags;
  readonly versionIdHeader: string | undefined;
}

/** The tags of a version; an empty set when it has none. */
export const getObjectTagging: Operation<TaggingRequest, GetObjectTaggingResult> = {
  name: "GetObjectTagging",
  route: { method: "GET", level: "object", query: ["tagging"] },

  read(request) {
    return { ...readObjectAddress(request), versionId: readVersionId(request) };
  },

  permissions: ({ bucket, objectKey, versionId }) => [
    { action: versionedAction("s3:GetObjectTagging", versionId), bucket, objectKey },
  ],

  async run(input, services, { method }) {
    const version = await onTaggedVersion(method, () => services.store.readVersion(input));
    const versionIdHeader = await versionIdHeaderOf(services, input.bucket, version.versionId);
    return { tags: version.tags, versionIdHeader };
  },

  write({ tags, versionIdHeader }, response) {
    response.status(200).header("x-amz-version-id", versionIdHeader).sendXml(taggingElement(tags));
  },
};

import { type StoredVersion, StoreError } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { type ObjectAddress, readObjectAddress, readVersionId } from "../object/object-address.ts";
import { onTaggedVersion } from "../object/tagged-version.ts";
import { type Tags, taggingElement } from "../object/tagging.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import type { Operation, S3Services } from "../operation.ts";

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

  permissions: objectPermission("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),

  async run(input, services, { method }, access) {
    const version = await onTaggedVersion(method, () => readVersion(services, input));
    const versionIdHeader = versionIdHeaderOf(access.bucket, version.versionId);
    return { tags: version.tags, versionIdHeader };
  },

  write({ tags, versionIdHeader }, response) {
    response.status(200).header("x-amz-version-id", versionIdHeader).sendXml(taggingElement(tags));
  },
};

/** In this operation alone S3 is recorded to name a missing key together with its bucket. */
async function readVersion({ store }: S3Services, input: TaggingRequest): Promise<StoredVersion> {
  try {
    return await store.readVersion(input);
  } catch (error) {
    const isMissing = error instanceof StoreError && error.code === "NoSuchKey";
    if (!isMissing || error.details["deleteMarker"] === "true") throw error;
    throw s3Error("NoSuchKey", { fields: { Key: `${input.bucket}/${input.objectKey}` }, cause: error });
  }
}

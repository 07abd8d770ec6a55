import { StoreError } from "@strongroom/store";
import { s3Error } from "../errors.ts";

/**
 * Runs `work` on the version a tagging request names. A delete marker has no tags: MethodNotAllowed (405), also
 * where it is merely the current version and other operations say NoSuchKey.
 */
export async function onTaggedVersion<T>(method: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const hidden = error instanceof StoreError && error.details["deleteMarker"] === "true";
    if (!hidden) throw error;
    throw s3Error("MethodNotAllowed", {
      fields: { Method: method, ResourceType: "DeleteMarker" },
      headers: {
        allow: "DELETE",
        "x-amz-delete-marker": "true",
        "x-amz-version-id": error.details["versionId"],
      },
      cause: error,
    });
  }
}

import type { Checksum, StoredVersion } from "@strongroom/store";
import type { S3Services } from "../operation.ts";
import type { ObjectAddress } from "./object-address.ts";
import type { BodyRequest, BodySpan } from "./object-body-range.ts";

/**
 * The checksum that is true of the bytes answered: a part's own for a part of a composite object, the object's
 * when all of it is sent, none for any other range.
 */
export async function shownChecksum(
  services: S3Services,
  asked: ObjectAddress & { readonly body: BodyRequest },
  version: StoredVersion,
  span: BodySpan,
): Promise<Checksum | null> {
  const { partNumber } = asked.body;
  if (partNumber !== undefined && version.checksum?.type === "COMPOSITE") {
    const page = await services.store.listParts({
      bucket: asked.bucket,
      objectKey: asked.objectKey,
      versionId: version.versionId,
      afterPartNumber: partNumber - 1,
      limit: 1,
    });
    const digest = page.parts[0]?.checksum ?? null;
    return digest === null ? null : { algorithm: digest.algorithm, type: "COMPOSITE", value: digest.value };
  }
  const isWhole = span.start === 0 && span.end === version.sizeBytes;
  return isWhole ? version.checksum : null;
}

import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { checksumElementName } from "@strongroom/wire";
import { ContentDigests } from "./content-digests.ts";
import type { SourceObject, SourcePart } from "./import-source.ts";
import { objectFields, withHeaders } from "./object-fields.ts";
import { repeat } from "./repeat.ts";
import { customerKeyFields, type TargetEncryption } from "./target-encryption.ts";
import type { TargetPlace, WrittenVersion } from "./written-version.ts";

/**
 * Writes an object in the parts that it was made of, so that its ETag comes out the same. Each part has a checksum behind it; the
 * whole has one at the end where its kind can be combined. An upload that fails is aborted.
 */
export async function writeMultipart(
  client: S3Client,
  place: TargetPlace,
  object: SourceObject,
  encryption: TargetEncryption,
  onUpload: (uploadId: string) => void,
): Promise<WrittenVersion> {
  const digests = new ContentDigests(object);
  const type = object.checksum?.type ?? "FULL_OBJECT";
  const creating = new CreateMultipartUploadCommand({
    ...objectFields(place, object, encryption),
    ChecksumAlgorithm: digests.algorithm,
    ChecksumType: type,
  });
  const { UploadId } = await client.send(withHeaders(creating, object.headers));
  if (UploadId === undefined) throw new TypeError("the target named no upload");
  onUpload(UploadId);
  const upload = { Bucket: place.bucket, Key: place.objectKey, UploadId };
  try {
    const parts: CompletedPart[] = [];
    for (const [index, part] of object.parts.entries())
      parts.push(
        await repeat(() =>
          writePart(client, { ...upload, ...customerKeyFields(encryption) }, digests, index, part),
        ),
      );
    const whole = type === "FULL_OBJECT" ? digests.wholeChecksum() : null;
    const answer = await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        ...customerKeyFields(encryption),
        ChecksumType: type,
        ...(whole === null ? {} : { [checksumElementName(digests.algorithm)]: whole }),
        MultipartUpload: { Parts: parts },
      }),
    );
    return {
      versionId: answer.VersionId ?? null,
      etag: (answer.ETag ?? "").replaceAll('"', ""),
      contentEtag: digests.contentEtag(),
    };
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

async function writePart(
  client: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string },
  digests: ContentDigests,
  index: number,
  part: SourcePart,
): Promise<CompletedPart> {
  const opened = await part.open();
  const { ETag } = await client.send(
    new UploadPartCommand({
      ...upload,
      PartNumber: index + 1,
      ContentLength: opened.sizeBytes,
      ChecksumAlgorithm: digests.algorithm,
      Body: Readable.from(digests.follow(index, opened), { objectMode: false }),
    }),
  );
  return {
    PartNumber: index + 1,
    ...(ETag === undefined ? {} : { ETag }),
    [checksumElementName(digests.algorithm)]: digests.partChecksum(index),
  };
}

import { Readable } from "node:stream";
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";
import { checksumElementName } from "@strongroom/wire";
import { ContentDigests } from "./content-digests.ts";
import type { SourceObject } from "./import-source.ts";
import { objectFields, withHeaders } from "./object-fields.ts";
import type { TargetEncryption } from "./target-encryption.ts";
import type { TargetPlace, WrittenVersion } from "./written-version.ts";

/** Up to here a body waits in memory, so that its digests go ahead of it. */
const BUFFERED_BYTES = 4 << 20;

/**
 * Writes an object with one PUT. The target is told an MD5 or a checksum of what it is to get: the source's own where it has one,
 * else one that is calculated on the way.
 */
export async function writeWhole(
  client: S3Client,
  place: TargetPlace,
  object: SourceObject,
  encryption: TargetEncryption,
): Promise<WrittenVersion> {
  const [part] = object.parts;
  if (part === undefined) throw new TypeError("an object has at least one part");
  const opened = await part.open();
  const digests = new ContentDigests(object);
  const content = digests.follow(0, opened);
  const isBuffered = opened.sizeBytes <= BUFFERED_BYTES;
  const bytes = isBuffered ? Buffer.concat(await Array.fromAsync(content)) : null;
  const command = new PutObjectCommand({
    ...objectFields(place, object, encryption),
    ContentLength: opened.sizeBytes,
    Body: bytes ?? Readable.from(content, { objectMode: false }),
    ...(bytes === null ? digestsAhead(object) : digestsAt(digests, object)),
  });
  const answer = await client.send(withHeaders(command, object.headers));
  return {
    versionId: answer.VersionId ?? null,
    etag: (answer.ETag ?? "").replaceAll('"', ""),
    contentEtag: digests.contentEtag(),
  };
}

type DigestFields = Partial<PutObjectCommandInput>;

/** For a body that flows: what the source says of it. Where it says nothing, the SDK sends a checksum behind it. */
function digestsAhead({ contentEtag, checksum }: SourceObject): DigestFields {
  const isTold = checksum !== null && checksum.type === "FULL_OBJECT";
  if (isTold) return { [checksumElementName(checksum.algorithm)]: checksum.value };
  if (contentEtag !== null) return { ContentMD5: Buffer.from(contentEtag, "hex").toString("base64") };
  return { ChecksumAlgorithm: "CRC64NVME" };
}

function digestsAt(digests: ContentDigests, { checksum }: SourceObject): DigestFields {
  const ContentMD5 = Buffer.from(digests.partMd5(0), "hex").toString("base64");
  return checksum === null
    ? { ContentMD5 }
    : { ContentMD5, [checksumElementName(digests.algorithm)]: digests.partChecksum(0) };
}

import type { ChecksumAlgorithm, CompletedPart, MultipartUpload } from "@strongroom/store";
import {
  CHECKSUM_ALGORITHMS,
  checksumElementName,
  childrenNamed,
  optionalText,
  parseChecksumValue,
  parseXml,
  requiredText,
  requireRoot,
  unquoteEtag,
  type XmlNode,
} from "@strongroom/wire";
import { invalidArgument, s3Error } from "../errors.ts";
import { MAX_PART_NUMBER } from "./object-body-range.ts";

export const MAX_COMPLETED_PARTS = 10_000;
/** 10,000 parts, each with its ETag and the longest digest, indented as clients do. */
export const MAX_COMPLETE_XML_BYTES = 4 * 1024 * 1024;

/**
 * The `CompleteMultipartUpload` document, parts in the order given; none for an empty body, which is judged only once
 * the upload is known to exist. Throws MalformedXML for a document without a part or more than 10,000, InvalidArgument for a part number out of range.
 */
export function parseCompletedParts(text: string): readonly CompletedPart[] {
  if (text.trim() === "") return [];
  const limits = { sizeLimit: MAX_COMPLETE_XML_BYTES, elementLimit: MAX_COMPLETED_PARTS * 10 };
  const parts = childrenNamed(requireRoot(parseXml(text, limits), "CompleteMultipartUpload"), "Part");
  if (parts.length === 0 || parts.length > MAX_COMPLETED_PARTS) throw s3Error("MalformedXML");
  return parts.map(readPart);
}

/** Throws InvalidPartOrder unless part numbers only grow. */
export function requireAscending(parts: readonly CompletedPart[], uploadId: string): void {
  let before = 0;
  for (const { partNumber } of parts) {
    if (partNumber <= before) throw s3Error("InvalidPartOrder", { fields: { UploadId: uploadId } });
    before = partNumber;
  }
}

/**
 * What the digests of the listed parts must be, by the way the upload was created: all of them for a composite,
 * none of another algorithm, and none at all when the upload keeps none.
 */
export function requirePartChecksums(upload: MultipartUpload, parts: readonly CompletedPart[]): void {
  const algorithm = upload.checksumAlgorithm;
  for (const { partNumber, etag, checksum } of parts) {
    if (algorithm === null) {
      if (checksum !== undefined) throw unknownPart(upload.uploadId, partNumber, etag);
      continue;
    }
    if (checksum === undefined) {
      if (upload.checksumType === "COMPOSITE") throw missingPartChecksum(algorithm, partNumber);
    } else if (checksum.algorithm !== algorithm) {
      throw s3Error("BadDigest", {
        message: `The ${checksum.algorithm.toLowerCase()} you specified for part ${partNumber} did not match what we received.`,
      });
    }
  }
}

function unknownPart(uploadId: string, partNumber: number, etag: string): Error {
  return s3Error("InvalidPart", {
    fields: { UploadId: uploadId, PartNumber: String(partNumber), ETag: etag },
  });
}

function missingPartChecksum(algorithm: ChecksumAlgorithm, partNumber: number): Error {
  return s3Error("InvalidRequest", {
    message: `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
  });
}

function readPart(node: XmlNode): CompletedPart {
  const numberText = requiredText(node, "PartNumber").trim();
  const partNumber = /^-?\d{1,9}$/.test(numberText) ? Number(numberText) : Number.NaN;
  if (Number.isNaN(partNumber)) throw s3Error("MalformedXML");
  if (partNumber < 1 || partNumber > MAX_PART_NUMBER) {
    throw invalidArgument(
      "Part number must be an integer between 1 and 10000, inclusive",
      "partNumber",
      numberText,
    );
  }
  const etag = unquoteEtag(requiredText(node, "ETag").trim());
  return { partNumber, etag, checksum: readPartChecksum(node) };
}

function readPartChecksum(node: XmlNode): CompletedPart["checksum"] {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const name = checksumElementName(algorithm);
    const text = optionalText(node, name);
    if (text === undefined || text === "") continue;
    const value = parseChecksumValue(algorithm, text);
    if (value === undefined) {
      throw s3Error("InvalidRequest", {
        message: `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`,
      });
    }
    return { algorithm, value };
  }
  return undefined;
}

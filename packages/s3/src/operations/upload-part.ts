import type { BodyIntegrity, MultipartUpload, ObjectPart, UploadSelector } from "@strongroom/store";
import { quoteEtag } from "@strongroom/wire";
import { objectPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { writeEncryptionHeaders } from "../http/encryption-headers.ts";
import { claimedChecksum, writePartChecksumHeader } from "../object/checksum-headers.ts";
import { readUploadAddress, requirePartNumber } from "../object/upload-address.ts";
import type { Operation } from "../operation.ts";
import { refuseTooLarge } from "./put-object.ts";

export interface UploadPartRequest extends UploadSelector {
  readonly partNumber: number;
  readonly integrity: BodyIntegrity;
}

export interface WrittenPart {
  readonly upload: MultipartUpload;
  readonly part: ObjectPart;
}

/** Puts one part; the same number again replaces it. */
export const uploadPart: Operation<UploadPartRequest, WrittenPart> = {
  name: "UploadPart",
  route: { method: "PUT", level: "object", query: ["partNumber", "uploadId"] },

  read(request) {
    refuseTooLarge(request.integrity);
    return {
      ...readUploadAddress(request),
      partNumber: requirePartNumber(request),
      integrity: request.integrity,
    };
  },

  permissions: objectPermission("s3:PutObject"),

  async run(input, { store }, { body }) {
    const upload = await store.requireUpload(input);
    requireSameAlgorithm(upload, input.integrity);
    return { upload, part: await store.uploadPart({ ...input, body }) };
  },

  write({ upload, part }, response, input) {
    writeEncryptionHeaders(response, upload);
    writePartChecksumHeader(response, claimedChecksum(input.integrity));
    response.status(200).header("etag", quoteEtag(part.etag)).sendEmpty();
  },
};

/** A part may bring no digest, or one of the algorithm its upload was created with, or any when it named none. */
function requireSameAlgorithm(upload: MultipartUpload, { checksum }: BodyIntegrity): void {
  const expected = upload.checksumAlgorithm;
  const actual = checksum?.algorithm ?? null;
  if (expected === null || expected === actual) return;
  if (actual === null && upload.checksumType === "FULL_OBJECT") return;
  throw s3Error("InvalidRequest", {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual?.toLowerCase() ?? "null"}`,
  });
}

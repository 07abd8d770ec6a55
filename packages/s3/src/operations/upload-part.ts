import type { BodyIntegrity, MultipartUpload, ObjectPart, UploadSelector } from "@strongroom/store";
import { quoteEtag } from "@strongroom/wire";
import { objectPermission } from "../auth/object-permissions.ts";
import { judgePartKey } from "../encryption/blocked-types.ts";
import { type ToldEncryption, writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { toldToReader } from "../encryption/told-encryption.ts";
import { requireUploadKeys } from "../encryption/upload-keys.ts";
import { s3Error } from "../errors.ts";
import { claimedChecksum, writePartChecksumHeader } from "../object/checksum-headers.ts";
import { readUploadAddress, requirePartNumber } from "../object/upload-address.ts";
import { requireDigestIfLocked } from "../object-lock/new-object-lock.ts";
import type { Operation } from "../operation.ts";
import { refuseTooLarge } from "./put-object.ts";

export interface UploadPartRequest extends UploadSelector {
  readonly partNumber: number;
  readonly integrity: BodyIntegrity;
}

export interface WrittenPart {
  readonly told: ToldEncryption;
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

  async run(input, services, request, access) {
    const { store } = services;
    judgePartKey(request, services, access);
    const upload = await store.requireUpload(input);
    requireUploadKeys(request, upload);
    requireSameAlgorithm(upload, input.integrity);
    requireDigestIfLocked("Put Part", upload, access.bucket, input.integrity);
    const part = await store.uploadPart({ ...input, body: request.body, keys: requestKeys(request) });
    return { told: toldToReader(request, upload.encryption), part };
  },

  logged: ({ part }) => ({ objectSizeBytes: part.sizeBytes }),

  write({ told, part }, response, input) {
    writeEncryptionHeaders(response, told);
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

import { type MultipartUpload, requireReadKeys, StoreError } from "@strongroom/store";
import { type S3Error, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { hasCustomerKey } from "./customer-keys.ts";
import { SSE_CUSTOMER } from "./header-names.ts";
import { requestKeys } from "./request-keys.ts";

/**
 * Parts repeat the key that their upload began with, and no other (reference §2.3). Throws InvalidRequest, in the words
 * that S3 has for uploads.
 */
export function requireUploadKeys(request: S3Request, upload: MultipartUpload): void {
  try {
    requireReadKeys(upload.encryption, requestKeys(request));
  } catch (error) {
    throw inWordsOfUploads(error);
  }
}

/** What ends or lists an upload needs the key only where checksums were asked for; one that is sent must be right. */
export function requireUploadKeysIfNeeded(request: S3Request, upload: MultipartUpload): void {
  const isNeeded = upload.encryption.scheme === "sse-c" && upload.checksumAlgorithm !== null;
  if (isNeeded || hasCustomerKey(request, SSE_CUSTOMER)) requireUploadKeys(request, upload);
}

function inWordsOfUploads(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case "CustomerKeyRequired":
    case "CustomerKeyNotApplicable":
      return invalidRequest(
        "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
        error,
      );
    case "WrongCustomerKey":
      return invalidRequest(
        "The provided encryption parameters did not match the ones used originally.",
        error,
      );
    default:
      return error;
  }
}

function invalidRequest(message: string, cause: unknown): S3Error {
  return s3Error("InvalidRequest", { message, cause });
}

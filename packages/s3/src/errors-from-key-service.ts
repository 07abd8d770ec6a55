import type { KeyServiceError } from "@strongroom/store";
import type { S3ErrorCode } from "./error-table.ts";
import { type S3Error, s3Error } from "./errors.ts";

/** The key service's codes that S3 passes on with a dot (reference §2.4). */
const CODES: Readonly<Record<string, S3ErrorCode>> = {
  AccessDeniedException: "AccessDenied",
  DisabledException: "KMS.DisabledException",
  InvalidArnException: "KMS.InvalidArnException",
  InvalidGrantTokenException: "KMS.InvalidGrantTokenException",
  InvalidKeyUsageException: "KMS.InvalidKeyUsageException",
  KMSInvalidStateException: "KMS.KMSInvalidStateException",
  KeyUnavailableException: "KMS.KeyUnavailableException",
  NotFoundException: "KMS.NotFoundException",
  UnsupportedOperationException: "KMS.UnsupportedOperationException",
  ValidationException: "KMS.ValidationException",
};

/**
 * A refusal of the key service in S3's words: its own message, since that names the key and says what to do. Anything
 * that is no refusal of the request but a fault of what was stored tells the client nothing.
 */
export function s3ErrorFromKeyService(error: KeyServiceError): S3Error {
  const code = CODES[error.code];
  if (code === undefined) {
    return s3Error(error.kind === "unavailable" ? "ServiceUnavailable" : "InternalError", { cause: error });
  }
  return s3Error(code, { message: error.message, cause: error });
}

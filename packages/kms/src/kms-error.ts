import { type ErrorKind, ServiceError } from "@strongroom/base";

const KINDS = {
  AccessDeniedException: "denied",
  AlreadyExistsException: "state",
  CloudHsmClusterInUseException: "state",
  CloudHsmClusterNotFoundException: "state",
  ConflictException: "state",
  CustomKeyStoreHasCMKsException: "state",
  CustomKeyStoreInvalidStateException: "state",
  CustomKeyStoreNameInUseException: "state",
  CustomKeyStoreNotFoundException: "state",
  DisabledException: "state",
  DryRunOperationException: "state",
  ExpiredImportTokenException: "invalid",
  IncorrectKeyException: "invalid",
  IncorrectKeyMaterialException: "invalid",
  InvalidAliasNameException: "invalid",
  InvalidArnException: "invalid",
  InvalidCiphertextException: "invalid",
  InvalidGrantIdException: "invalid",
  InvalidGrantTokenException: "invalid",
  InvalidImportTokenException: "invalid",
  InvalidKeyUsageException: "invalid",
  InvalidMarkerException: "invalid",
  KMSInternalException: "integrity",
  KMSInvalidMacException: "invalid",
  KMSInvalidSignatureException: "invalid",
  KMSInvalidStateException: "state",
  KeyUnavailableException: "unavailable",
  LimitExceededException: "state",
  MalformedPolicyDocumentException: "invalid",
  NotAuthorizedException: "denied",
  NotFoundException: "state",
  TagException: "invalid",
  UnknownOperationException: "invalid",
  UnsupportedOperationException: "invalid",
  ValidationException: "invalid",
} as const satisfies Record<string, ErrorKind>;

/** Named as AWS KMS names them on the wire (`__type`). */
export type KmsErrorCode = keyof typeof KINDS;

/** A refusal of the key service; `message` is what the client reads. Nothing secret goes into it. */
export class KmsError extends ServiceError<KmsErrorCode> {
  constructor(code: KmsErrorCode, message: string, cause?: unknown) {
    super(code, KINDS[code], message, {}, cause);
    this.name = "KmsError";
  }
}

/** The one answer for a ciphertext that is malformed, altered, or bound to another context: it says nothing more. */
export function invalidCiphertext(): KmsError {
  return new KmsError("InvalidCiphertextException", "");
}

export function incorrectKey(): KmsError {
  return new KmsError(
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
  );
}

export function invalid(message: string): KmsError {
  return new KmsError("ValidationException", message);
}

export function unsupported(message: string): KmsError {
  return new KmsError("UnsupportedOperationException", message);
}

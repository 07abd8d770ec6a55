// Everything this library throws by itself. Failures of S3 arrive as the SDK threw them; those of a key service as the
// `cause` of a KeyServiceError. No message holds key bytes, plaintext, or a value read from an object.

/** What a caller acts on: the class says the same, and `code` survives a bundler that renames classes. */
export type S3EncryptionClientErrorCode =
  | "Configuration"
  | "Usage"
  | "BufferLimit"
  | "UnauthenticatedRange"
  | "EncryptionContextMismatch"
  | "InvalidEnvelope"
  | "UnsupportedFormat"
  | "MissingInstructionFile"
  | "InvalidInstructionFile"
  | "LegacyDisabled"
  | "CommitmentPolicy"
  | "Keyring"
  | "KeyService"
  | "WrongKey"
  | "KeyCommitment"
  | "TamperedObject"
  | "LegacyDecryption";

/** The base of every error below: catch this one to catch them all. */
export class S3EncryptionClientError extends Error {
  readonly code: S3EncryptionClientErrorCode;

  constructor(code: S3EncryptionClientErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = `${code}Error`;
    this.code = code;
  }
}

/** The client or a keyring was built with options that contradict each other or the format. */
export class ConfigurationError extends S3EncryptionClientError {
  constructor(message: string) {
    super("Configuration", message);
  }
}

/** The call asks for something that cannot be done; nothing was sent, or nothing was written. */
export class UsageError extends S3EncryptionClientError {
  constructor(message: string) {
    super("Usage", message);
  }
}

/** The object is larger than what may be held back until it is verified (`bufferSizeBytes`). */
export class BufferLimitError extends S3EncryptionClientError {
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(
      "BufferLimit",
      `The object is larger than the ${limitBytes} bytes that may be held until its tag is verified. ` +
        "Raise bufferSizeBytes, or set enableDelayedAuthentication to read plaintext before it is verified.",
    );
    this.limitBytes = limitBytes;
  }
}

/** A ranged GET without the opt-in: bytes of a range cannot be authenticated by themselves. */
export class UnauthenticatedRangeError extends S3EncryptionClientError {
  constructor() {
    super(
      "UnauthenticatedRange",
      'Ranged GETs are off. Set rangedGets to "authenticated" (the whole object is fetched and verified) or to ' +
        '"unauthenticated" (only the range is fetched, and nothing vouches for its bytes).',
    );
  }
}

/** The caller's encryption context is not the one that the object was stored with. */
export class EncryptionContextMismatchError extends S3EncryptionClientError {
  constructor() {
    super(
      "EncryptionContextMismatch",
      "Provided encryption context does not match information retrieved from S3",
    );
  }
}

/** The object's encryption metadata is incomplete, contradicts itself, or does not decode: it may have been changed. */
export class InvalidEnvelopeError extends S3EncryptionClientError {
  constructor(message: string) {
    super("InvalidEnvelope", message);
  }
}

/** The metadata names a content or wrapping algorithm that no reader of these formats knows. */
export class UnsupportedFormatError extends S3EncryptionClientError {
  constructor(message: string) {
    super("UnsupportedFormat", message);
  }
}

/** The object has no envelope in its metadata and its instruction file could not be read. */
export class MissingInstructionFileError extends S3EncryptionClientError {
  constructor(message: string, cause?: unknown) {
    super("MissingInstructionFile", message, cause);
  }
}

/** The instruction file is not what the formats allow: not JSON, unknown names, or names that belong to the object. */
export class InvalidInstructionFileError extends S3EncryptionClientError {
  constructor(message: string) {
    super("InvalidInstructionFile", message);
  }
}

/** The object needs a legacy algorithm that was not opted into. Thrown before any key is touched. */
export class LegacyDisabledError extends S3EncryptionClientError {
  constructor(message: string) {
    super("LegacyDisabled", message);
  }
}

/** The commitment policy forbids to read this object. Thrown before any key is touched. */
export class CommitmentPolicyError extends S3EncryptionClientError {
  constructor() {
    super(
      "CommitmentPolicy",
      "The object is encrypted without key commitment, and the policy REQUIRE_ENCRYPT_REQUIRE_DECRYPT forbids to read it",
    );
  }
}

/** The keyring cannot do what is asked: it does not know the wrapping algorithm, or lacks half of a key pair. */
export class KeyringError extends S3EncryptionClientError {
  constructor(message: string) {
    super("Keyring", message);
  }
}

/** The key service answered with an error, which is the `cause`, or with something that is no answer. */
export class KeyServiceError extends S3EncryptionClientError {
  constructor(message: string, cause?: unknown) {
    super("KeyService", message, cause);
  }
}

/** The data key was not wrapped by this key, or its wrapping was changed. */
export class WrongKeyError extends S3EncryptionClientError {
  constructor(cause?: unknown) {
    super("WrongKey", "The data key of the object cannot be decrypted with this key", cause);
  }
}

/** The data key is not the one that the object commits to: the envelope was exchanged. */
export class KeyCommitmentError extends S3EncryptionClientError {
  constructor() {
    super("KeyCommitment", "The data key is not the one that the object commits to");
  }
}

/** The content does not verify: it was changed, cut short, extended, or is another object's. */
export class TamperedObjectError extends S3EncryptionClientError {
  constructor() {
    super("TamperedObject", "The content of the object does not verify");
  }
}

/**
 * A legacy object (AES-CBC content, or a data key under RSA PKCS#1 v1.5) did not decrypt. One message for every cause:
 * telling them apart would hand an attacker a padding oracle.
 */
export class LegacyDecryptionError extends S3EncryptionClientError {
  constructor() {
    super("LegacyDecryption", "The object cannot be decrypted");
  }
}

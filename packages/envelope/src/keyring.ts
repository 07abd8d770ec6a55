import type { SecretBytes } from "@strongroom/base";

/**
 * Non-secret pairs that a wrapped data key is bound to. Canonical form: `encodePairs` of base.
 * A stored object's context names scheme, bucket, object key, the version's uid and, for parts, the part number.
 */
export type EncryptionContext = Readonly<Record<string, string>>;

/** A data key wrapped for storage. `blob` is opaque, versioned and holds nothing in the clear. */
export type EncryptedDataKey = Uint8Array;

export interface DataKey {
  readonly plaintext: SecretBytes;
  readonly encrypted: EncryptedDataKey;
}

/**
 * Holder of a key-encryption key.
 *
 * `generateDataKey` makes a fresh random 32-byte data key bound to `context`.
 * `decryptDataKey` returns null when the blob was not wrapped by this keyring ("not mine") and throws
 * `ServiceError("…", "integrity")` when it was but does not open under `context`.
 * The caller owns and wipes the returned `SecretBytes`.
 */
export interface Keyring {
  generateDataKey(context: EncryptionContext): Promise<DataKey>;
  decryptDataKey(encrypted: EncryptedDataKey, context: EncryptionContext): Promise<SecretBytes | null>;
}

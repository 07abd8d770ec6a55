import type { Bytes } from "../bytes.ts";
import type { ContentAlgorithm } from "../format/algorithm-suites.ts";
import type { WrappedDataKey } from "../format/envelope.ts";
import type { TextMap } from "../format/metadata-text.ts";

/** What a data key is wanted for. */
export interface GenerateDataKeyRequest {
  /** The wrapping has to be bound to it: it keeps the content algorithm from being exchanged. */
  readonly contentAlgorithm: ContentAlgorithm;
  /** The caller's pairs, without reserved ones. A keyring that cannot bind them ignores them. */
  readonly encryptionContext: TextMap;
  /** A data key to wrap instead of a fresh one: when the keys of an object are wrapped anew, or for more recipients. */
  readonly dataKey?: Bytes;
}

/** A data key in plaintext and wrapped. The client wipes `dataKey` after use. */
export interface GeneratedDataKey extends WrappedDataKey {
  readonly dataKey: Bytes;
  /** Wrappings of the same data key for others; format 3 alone can store them. */
  readonly otherRecipients?: readonly WrappedDataKey[];
}

/** Wraps data keys. One of the two interfaces that other key holders plug in through. */
export interface EncryptionKeyring {
  /** A fresh data key of 32 random bytes (or the request's) and its wrapping. */
  generateDataKey(request: GenerateDataKeyRequest): Promise<GeneratedDataKey>;
}

/** The wrapping of an object's data key, as stored, and what the caller says about it. */
export interface DecryptDataKeyRequest extends WrappedDataKey {
  readonly contentAlgorithm: ContentAlgorithm;
  /** The caller's pairs: where a keyring binds contexts, they must equal the stored ones less the reserved. */
  readonly encryptionContext: TextMap;
}

/** A data key in plaintext. The client wipes it after use. */
export interface DecryptedDataKey {
  readonly dataKey: Bytes;
  /**
   * True when the key stands in for one that did not unwrap. The client then does all the work that a good key would
   * cause and refuses the object: a legacy RSA unwrap that failed early would tell an attacker about the padding.
   */
  readonly isSubstitute?: boolean;
}

/** Unwraps data keys. The other of the two interfaces. */
export interface DecryptionKeyring {
  /**
   * Null: the wrapping algorithm is none of this keyring's. Throws LegacyDisabledError or EncryptionContextMismatchError
   * before the key is touched, WrongKeyError when it does not unwrap.
   */
  decryptDataKey(request: DecryptDataKeyRequest): Promise<DecryptedDataKey | null>;
}

/** Both directions. A client takes either half as well. */
export type Keyring = EncryptionKeyring & DecryptionKeyring;

export const DATA_KEY_BYTES = 32;

/** The request's data key, or a fresh one. The result is a copy that its owner may wipe. */
export function chooseDataKey(request: GenerateDataKeyRequest): Bytes {
  return request.dataKey?.slice() ?? crypto.getRandomValues(new Uint8Array(DATA_KEY_BYTES));
}

/** The data key when its length is one of AES's; else a random one in its place, which opens nothing. */
export function chooseOrSubstitute(unwrapped: Bytes | null): DecryptedDataKey {
  const substitute = crypto.getRandomValues(new Uint8Array(DATA_KEY_BYTES));
  return unwrapped !== null && isAesKeySize(unwrapped.length)
    ? { dataKey: unwrapped }
    : { dataKey: substitute, isSubstitute: true };
}

export function isAesKeySize(bytes: number): boolean {
  return bytes === 16 || bytes === 24 || bytes === 32;
}

export function canEncrypt(keyring: Partial<Keyring>): keyring is EncryptionKeyring {
  return typeof keyring.generateDataKey === "function";
}

export function canDecrypt(keyring: Partial<Keyring>): keyring is DecryptionKeyring {
  return typeof keyring.decryptDataKey === "function";
}

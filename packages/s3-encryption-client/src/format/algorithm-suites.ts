// The content algorithms of the three message formats. Two CTR suites exist besides, for ranged reads alone: they are
// never stored, so they have no row here.

const GCM_MAX_PLAINTEXT_BYTES = 2 ** 36 - 32;

/** How content is encrypted. `contentAlgorithm` is what the metadata stores, and what wrapped data keys are bound to. */
export interface AlgorithmSuite {
  readonly name: SuiteName;
  readonly id: number;
  readonly contentAlgorithm: ContentAlgorithm;
  /** AES-CBC has no tag: nothing vouches for the content. */
  readonly isAuthenticated: boolean;
  readonly isCommitting: boolean;
  readonly nonceBytes: number;
  readonly tagBytes: number;
  readonly maxPlaintextBytes: number;
}

export type SuiteName =
  | "ALG_AES_256_CBC_IV16_NO_KDF"
  | "ALG_AES_256_GCM_IV12_TAG16_NO_KDF"
  | "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY";

/** What a client may be told to write with. */
export type EncryptionAlgorithm = Exclude<SuiteName, "ALG_AES_256_CBC_IV16_NO_KDF">;

export type ContentAlgorithm = "AES/CBC/PKCS5Padding" | "AES/GCM/NoPadding" | "115";

/** AES-CBC with PKCS#7 padding: read only, and only when legacy content is allowed. */
export const CBC_SUITE: AlgorithmSuite = {
  name: "ALG_AES_256_CBC_IV16_NO_KDF",
  id: 0x0070,
  contentAlgorithm: "AES/CBC/PKCS5Padding",
  isAuthenticated: false,
  isCommitting: false,
  nonceBytes: 16,
  tagBytes: 0,
  maxPlaintextBytes: 2 ** 53 - 1,
};

/** AES-GCM under the data key itself: message format 2. */
export const GCM_SUITE: AlgorithmSuite = {
  name: "ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
  id: 0x0072,
  contentAlgorithm: "AES/GCM/NoPadding",
  isAuthenticated: true,
  isCommitting: false,
  nonceBytes: 12,
  tagBytes: 16,
  maxPlaintextBytes: GCM_MAX_PLAINTEXT_BYTES,
};

/** AES-GCM under a key derived from the data key, which the object commits to: message format 3. */
export const COMMITTING_GCM_SUITE: AlgorithmSuite = {
  name: "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
  id: 0x0073,
  contentAlgorithm: "115",
  isAuthenticated: true,
  isCommitting: true,
  nonceBytes: 12,
  tagBytes: 16,
  maxPlaintextBytes: GCM_MAX_PLAINTEXT_BYTES,
};

/** What the body of an object grows to: 16 bytes of tag, or CBC's padding up to the next whole block. */
export function ciphertextSize(suite: AlgorithmSuite, plaintextBytes: number): number {
  return suite.isAuthenticated ? plaintextBytes + suite.tagBytes : 16 * (Math.floor(plaintextBytes / 16) + 1);
}

/** The plaintext's size, or null where the ciphertext's does not tell it (AES-CBC) or cannot be right. */
export function plaintextSize(suite: AlgorithmSuite, ciphertextBytes: number): number | null {
  if (!suite.isAuthenticated || ciphertextBytes < suite.tagBytes) return null;
  return ciphertextBytes - suite.tagBytes;
}

// Names of S3 user metadata (on the wire each has the prefix "x-amz-meta-"), and of the fields of instruction files.

export const V1_KEY = "x-amz-key";
export const V2_KEY = "x-amz-key-v2";
export const IV = "x-amz-iv";
export const MATERIALS_DESCRIPTION = "x-amz-matdesc";
export const CONTENT_ALGORITHM = "x-amz-cek-alg";
export const WRAPPING_ALGORITHM = "x-amz-wrap-alg";
export const TAG_LENGTH = "x-amz-tag-len";
export const UNENCRYPTED_LENGTH = "x-amz-unencrypted-content-length";
export const UNENCRYPTED_MD5 = "x-amz-unencrypted-content-md5";
export const INSTRUCTION_FILE_MARKER = "x-amz-crypto-instr-file";
export const V3_KEY = "x-amz-3";
export const V3_CONTENT_ALGORITHM = "x-amz-c";
export const V3_WRAPPING_ALGORITHM = "x-amz-w";
export const V3_COMMITMENT = "x-amz-d";
export const V3_MESSAGE_ID = "x-amz-i";
export const V3_MATERIALS_DESCRIPTION = "x-amz-m";
export const V3_ENCRYPTION_CONTEXT = "x-amz-t";
/** Of this library alone, off by default: further wrappings of the same data key, for other recipients. */
export const RECIPIENTS = "strongroom-recipients";

/** Names that only formats 1 and 2 use, less the informational ones. */
export const V1_V2_NAMES: readonly string[] = [
  V1_KEY,
  V2_KEY,
  IV,
  MATERIALS_DESCRIPTION,
  CONTENT_ALGORITHM,
  WRAPPING_ALGORITHM,
  TAG_LENGTH,
];

/** What old writers tell about the plaintext. Never trusted. */
export const INFORMATIONAL_NAMES: readonly string[] = [UNENCRYPTED_LENGTH, UNENCRYPTED_MD5];

/** What stays with the object when the rest of a format 3 envelope is in an instruction file. */
export const V3_CONTENT_NAMES: readonly string[] = [V3_CONTENT_ALGORITHM, V3_COMMITMENT, V3_MESSAGE_ID];

/** The rest of format 3: what the instruction file holds then. */
export const V3_KEY_NAMES: readonly string[] = [
  V3_KEY,
  V3_WRAPPING_ALGORITHM,
  V3_MATERIALS_DESCRIPTION,
  V3_ENCRYPTION_CONTEXT,
];

/** Every name that this library reads or writes: user metadata may not use them. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...V1_V2_NAMES,
  ...INFORMATIONAL_NAMES,
  ...V3_CONTENT_NAMES,
  ...V3_KEY_NAMES,
  INSTRUCTION_FILE_MARKER,
  RECIPIENTS,
]);

export { encodeContext, type StoredObjectName, storedObjectContext } from "./encryption-context.ts";
export { EnvelopeError, type EnvelopeErrorCode } from "./envelope-error.ts";
export type { DataKey, EncryptedDataKey, EncryptionContext, Keyring } from "./keyring.ts";
export { HeldKeyring } from "./keyrings/held-keyring.ts";
export { MasterKeyring, type MasterKeys } from "./keyrings/master-keyring.ts";
export { type DataKeyEncrypter, rewrapDataKey } from "./keyrings/rewrap-data-key.ts";
export { findMasterKeyVersion, type MasterKey } from "./keyrings/wrapped-data-key.ts";
export { Opener, openObject, openSmall } from "./sealed-object/open.ts";
export { Sealer, sealObject, sealSmall } from "./sealed-object/seal.ts";
export { requireHeaderForm } from "./sealed-object/sealed-header.ts";
export {
  type ByteRange,
  CHUNK_SIZE_BYTES,
  HEADER_SIZE_BYTES,
  MAX_PLAINTEXT_SIZE_BYTES,
  plaintextSize,
  type Span,
  sealedSize,
  spanOf,
} from "./sealed-object/sizes.ts";

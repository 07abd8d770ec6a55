export type {
  InstructionFileOptions,
  RangedGets,
  ReadingOptions,
  S3EncryptionClientOptions,
  WritingOptions,
} from "./client/client-options.ts";
export {
  type DecryptedObject,
  type DecryptOptions,
  decryptObject,
  decryptResponse,
  describeEncryption,
  type PlaintextBody,
  type StoredObject,
} from "./client/decrypt-object.ts";
export {
  type EncryptedObject,
  type EncryptedObjectStream,
  type EncryptOptions,
  encryptObject,
  encryptObjectStream,
} from "./client/encrypt-object.ts";
export type {
  EncryptedObjectFacts,
  EnvelopeLocation,
} from "./client/encrypted-object-facts.ts";
export type { DecryptedGetObjectOutput } from "./client/get-object.ts";
export type { DescribedHeadObjectOutput, HeadFacts } from "./client/head-object.ts";
export type { EncryptedPutObjectOutput } from "./client/put-object.ts";
export type {
  ReEncryptInstructionFileRequest,
  ReEncryptInstructionFileResult,
} from "./client/re-encrypt-instruction-file.ts";
export { S3EncryptionClient, type SentOutput } from "./client/s3-encryption-client.ts";
export type { SendOptions } from "./client/send-options.ts";
export { Upload, type UploadOptions, type UploadProgress } from "./client/upload.ts";
export * from "./errors.ts";
export type { ContentAlgorithm, EncryptionAlgorithm, SuiteName } from "./format/algorithm-suites.ts";
export type { WrappedDataKey } from "./format/envelope.ts";
export type { TextMap } from "./format/metadata-text.ts";
export type { WrappingAlgorithm } from "./format/wrapping-algorithms.ts";
export {
  type AesKey,
  AesKeyring,
  type AesKeyringOptions,
  type DescribedKey,
} from "./keyrings/aes-keyring.ts";
export { type KeyFile, keyringOfKeyFile, parseKeyFile } from "./keyrings/key-file.ts";
export type {
  DecryptDataKeyRequest,
  DecryptedDataKey,
  DecryptionKeyring,
  EncryptionKeyring,
  GenerateDataKeyRequest,
  GeneratedDataKey,
  Keyring,
} from "./keyrings/keyring.ts";
export {
  type KeyManagementService,
  KmsDiscoveryKeyring,
  type KmsDiscoveryKeyringOptions,
  KmsKeyring,
  type KmsKeyringOptions,
} from "./keyrings/kms-keyring.ts";
export {
  MultiRecipientKeyring,
  type MultiRecipientKeyringOptions,
} from "./keyrings/multi-recipient-keyring.ts";
export { type RsaKey, RsaKeyring, type RsaKeyringOptions } from "./keyrings/rsa-keyring.ts";
export type { CommitmentPolicy } from "./object/reading-rules.ts";
export type { Authentication } from "./object/release-plaintext.ts";

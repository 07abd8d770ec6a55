export type { KeyAuthorizer } from "./access/key-authorizer.ts";
export type { KmsCaller } from "./access/kms-caller.ts";
export type { FoundPrincipal, PrincipalDirectory } from "./access/principal-directory.ts";
export type { KmsOutput } from "./api/kms-operation.ts";
export type { EncryptionContext } from "./ciphertext-blob/encryption-context.ts";
export {
  type CurrentMaterial,
  type DataKeyRequest,
  type DecryptedDataKey,
  type DecryptRequest,
  type GeneratedDataKey,
  materialNumberOf,
} from "./data-path.ts";
export { KeyService, type KeyServiceOptions } from "./key-service.ts";
export type { KeyDevice, KeyDevices } from "./key-stores/key-device.ts";
export { type ErasableSecrets, MemoryErasableSecrets } from "./keys/erasable-secrets.ts";
export type { RecordsWithCommits } from "./keys/kms-records.ts";
export type { MaintenanceReport } from "./keys/maintenance.ts";
export { KmsError, type KmsErrorCode } from "./kms-error.ts";
export { MasterKeyError, type MasterKeyErrorCode } from "./master-keys/master-key-error.ts";
export type { SealedMasterKey } from "./master-keys/sealed-master-key.ts";
export {
  type MasterKeyState,
  type MasterKeyStore,
  type MasterKeysOptions,
  SseS3MasterKeys,
} from "./master-keys/sse-s3-master-keys.ts";
export type { ExternalKms, ExternalKmsRequest, SlotAccess } from "./root/external-kms.ts";
export { DEFAULT_COST, type PassphraseCost, readCost } from "./root/passphrase-key.ts";
export { MAX_BUNDLE_SIZE_BYTES, makeBundle, parseBundle, restoreBundle } from "./root/root-bundle.ts";
export {
  addSlot,
  changeRoot,
  type NewSlot,
  type RootPlace,
  readSlots,
  removeSlot,
  upgradeRoot,
} from "./root/root-changes.ts";
export type { RootKeys } from "./root/root-derivations.ts";
export { ROOT_RECORD_NAME, RootSeal, type RootSealOptions } from "./root/root-seal.ts";
export { RootSealError, type RootSealErrorCode } from "./root/root-seal-error.ts";
export type { RootSlot } from "./root/root-slot.ts";
export {
  OPENER_FORMS,
  parseSlotOpener,
  printSlotOpener,
  readPassphrase,
  type SecretSource,
  type SlotOpener,
} from "./root/slot-opener.ts";
export type { SlottedRecord } from "./root/slotted-record.ts";

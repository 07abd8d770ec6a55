export { BlobStoreError, type BlobStoreErrorCode } from "./blobs/blob-store-error.ts";
export type * from "./blobs/blob-store-port.ts";
export { BlobMissingError } from "./blobs/blob-store-port.ts";
export { FileBlobStore, type FileBlobStoreOptions } from "./blobs/file-blob-store.ts";
export { MemoryBlobStore } from "./blobs/memory-blob-store.ts";
export { createObjectStore } from "./create-object-store.ts";
export type * from "./encryption/encryption.ts";
export { Encryptor, type EncryptorOptions, requireReadKeys } from "./encryption/encryptor.ts";
export { ARN_PAIR, bucketArn, objectArn } from "./encryption/key-context.ts";
export { type KeyService, KeyServiceError } from "./encryption/key-service.ts";
export { type CustomerKey, type KeyRequester, NO_KEYS, type RequestKeys } from "./encryption/request-keys.ts";
export { raiseWrapFloor, readWrapFloor } from "./encryption/wrap-floor.ts";
export { DEFAULT_LIMITS, type Engine, type EngineLimits } from "./engine.ts";
export * from "./events/object-event.ts";
export { EventOutbox, type OutboxEntry } from "./events/outbox.ts";
export { IndexError, type IndexErrorCode } from "./index/index-error.ts";
export * from "./index/index-port.ts";
export { type IndexReport, LmdbIndex, type LmdbIndexOptions } from "./index/lmdb-index.ts";
export { MemoryIndex } from "./index/memory-index.ts";
export type { DamagedRange } from "./index/tree/tree-verify.ts";
export {
  FIRST_LIFECYCLE_CURSOR,
  type LifecycleCounts,
  type LifecycleCursor,
  type LifecycleStep,
  type LifecycleStore,
  type LifecycleTime,
  lifecycleStep,
} from "./jobs/lifecycle.ts";
export {
  FIRST_REENCRYPTION_CURSOR,
  type ReencryptionCursor,
  type ReencryptionMatch,
  type ReencryptionStep,
  type ReencryptionTarget,
  type ReencryptionWork,
  reencryptStep,
  type SkipCode,
  type Unchanged,
} from "./jobs/reencrypt.ts";
export {
  FIRST_CURSOR,
  type RecordsOnly,
  type RewrapCursor,
  type RewrapStep,
  type RotatingKeyring,
  rewrapStep,
} from "./jobs/rewrap.ts";
export { type KmsRewrapping, rewrapKmsStep } from "./jobs/rewrap-kms.ts";
export {
  firstSurvey,
  kmsKeySurvey,
  masterKeySurvey,
  type Survey,
  type SurveyCursor,
  type SurveyStage,
  type SurveyStep,
  surveyStep,
} from "./jobs/survey.ts";
export {
  CALENDAR_DAY_MS,
  enabledRules,
  type ForetoldEnd,
  foretellAbort,
  foretellExpiration,
} from "./lifecycle/due-time.ts";
export type * from "./lifecycle/lifecycle-rule.ts";
export { LIFECYCLE_DOCUMENT, lifecycleOf, printStoredLifecycle } from "./lifecycle/stored-lifecycle.ts";
export * from "./model.ts";
export * from "./object-store.ts";
export { WRAPPING_TABLES } from "./record-keys.ts";
export { StoreError, type StoreErrorCode } from "./store-error.ts";
export { collectAllGarbage, type SweepResult, sweep } from "./sweep.ts";
export type { CheckSetup } from "./verify/check-record.ts";
export * from "./verify/finding.ts";
export { emptyCounts, joinCounts, type VerifyCounts } from "./verify/verify-counts.ts";
export {
  damageFinding,
  FIRST_VERIFY_CURSOR,
  type VerifyCursor,
  type VerifyLimits,
  type VerifyStep,
  verifyStep,
} from "./verify/verify-step.ts";

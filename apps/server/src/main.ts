export { type Finding, IndexIntegrityError, type VerifyTally } from "@strongroom/store";
export { auditFolder, createDigestMaker } from "./audit/audit-folder.ts";
export { AuditLog } from "./audit/audit-log.ts";
export type { ReadExplanation } from "./audit/explain-read.ts";
export { auditedKeyService } from "./audit/kms-events.ts";
export { composeKeyService, explainReadOf } from "./compose.ts";
export { createKmsRewrapJob, createRewrapJob } from "./compose-jobs.ts";
export { type Config, type Flags, type LoadedConfig, loadConfig } from "./config.ts";
export { ConfigError } from "./configuration/config-error.ts";
export {
  CONFIG_FILE_FLAG,
  flagOf,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  variableOf,
} from "./configuration/schema.ts";
export type { Setting } from "./configuration/setting.ts";
export { suggestName } from "./configuration/suggestion.ts";
export { quoteForShell } from "./first-start.ts";
export { dataFolder, findServerState, prepareDataFolder } from "./folder/data-folder.ts";
export { lockFolder } from "./folder/folder-lock.ts";
export { isAlive } from "./folder/process-identity.ts";
export { composeReencryption, type Reencryption } from "./jobs/compose-reencryption.ts";
export type { JobAction, ReencryptionRequest } from "./jobs/job-desk.ts";
export { isOver } from "./jobs/job-progress.ts";
export type { Job, LeftVersion } from "./jobs/job-record.ts";
export { type JobReport, type JobView, reportOfJob, SCHEME_NAMES, viewOfJob } from "./jobs/job-view.ts";
export {
  type Destruction,
  type DestructionOptions,
  destroyMasterKeys,
} from "./processes/destroy-master-keys.ts";
export { isKmsUnproven } from "./processes/kms-rewrap-job.ts";
export { isUnproven } from "./processes/rewrap-job.ts";
export { proveIndexOpens } from "./root/prove-index.ts";
export { slotAccess } from "./root/slot-access.ts";
export { runServer, type ServerOutput } from "./run-server.ts";
export { ServerError } from "./server-error.ts";
export { findKmsProof, type KmsRewrapRun } from "./storage/kms-rewrap-record.ts";
export {
  findNewestProof,
  isProofGood,
  parseProof,
  printProof,
  type RewrapProof,
  type RewrapStatement,
} from "./storage/rewrap-proof.ts";
export { findRewrapRun, type RewrapRun } from "./storage/rewrap-record.ts";
export { openVault, type Vault } from "./vault.ts";
export { composeSystemKeys, composeVerification, type Verification } from "./verify/compose-verify.ts";
export { Rate } from "./verify/rate.ts";
export { findScrub } from "./verify/scrub-record.ts";
export { SYSTEM_REQUESTER, systemKeyService } from "./verify/system-key-service.ts";
export { newPass, type VerifyProgress } from "./verify/verify-pass.ts";

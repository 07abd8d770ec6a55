export type { Account } from "./account.ts";
export {
  AccountStore,
  type AccountStoreOptions,
  type Credential,
  type NewCredential,
} from "./account-store.ts";
export { requireChosenCredentials } from "./chosen-credentials.ts";
export { IamError, type IamErrorCode } from "./iam-error.ts";
export type { RecordChange, RecordStore } from "./record-store.ts";

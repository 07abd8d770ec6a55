export type { Account } from "./account.ts";
export { AccountStore, type AccountStoreOptions } from "./account-store.ts";
export { requireChosenCredentials } from "./chosen-credentials.ts";
export type { Credential, NewCredential } from "./credential.ts";
export { IamError, type IamErrorCode } from "./iam-error.ts";
export type { RecordChange, RecordStore } from "./record-store.ts";
export { openSecret, sealSecret } from "./sealed-secret.ts";

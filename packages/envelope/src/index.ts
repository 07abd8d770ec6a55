export type { DataKey, EncryptedDataKey, EncryptionContext, Keyring } from "./keyring.ts";

import { type ErrorKind, ServiceError } from "@strongroom/base";

/**
 * Why the root seal stays closed. The server does not start; `message` names the way out.
 *
 * - `KeyFileMissing`: data exists, its root key file does not.
 * - `KeyFileExposed`: others than its owner may read or write the key file.
 * - `KeyFileMalformed`, `RootRecordMalformed`: not a file of a known format, or a damaged one.
 * - `WrongRootKey`: the key file is a valid one, of other data.
 * - `RootRecordMissing`: data exists without its root record.
 * - `SlotUnknown`: the record has no slot of the kind, key file, key or name that was asked for.
 * - `SlotRefused`: the secret given does not open the slot, or the slot was changed.
 * - `SlotTaken`, `SlotLast`, `SlotUncovered`: a change that would lose or blur who can open the folder.
 * - `SecretUnusable`: a passphrase or parameter outside the limits, or a reference to nothing.
 * - `KeyServiceRefused`: the external key service did not answer as it must.
 * - `TokenRefused`: the PKCS#11 token is not there, did not take the PIN, or did not open what it was given.
 * - `FormatOld`, `FormatNew`: the record is not of the format that the command works on.
 * - `BundleMalformed`, `BundleRefused`: not a backup, or not one of this folder or passphrase.
 * - `RecordExists`: a restore would replace `root.json` and was not told to.
 * - `RootUnavailable`: the operating system refused to read or write.
 */
export type RootSealErrorCode =
  | "KeyFileMissing"
  | "KeyFileExposed"
  | "KeyFileMalformed"
  | "WrongRootKey"
  | "RootRecordMissing"
  | "RootRecordMalformed"
  | "SlotUnknown"
  | "SlotRefused"
  | "SlotTaken"
  | "SlotLast"
  | "SlotUncovered"
  | "SecretUnusable"
  | "KeyServiceRefused"
  | "TokenRefused"
  | "FormatOld"
  | "FormatNew"
  | "BundleMalformed"
  | "BundleRefused"
  | "RecordExists"
  | "RootUnavailable";

const KINDS = {
  KeyFileMissing: "state",
  KeyFileExposed: "state",
  KeyFileMalformed: "integrity",
  WrongRootKey: "state",
  RootRecordMissing: "state",
  RootRecordMalformed: "integrity",
  SlotUnknown: "state",
  SlotRefused: "denied",
  SlotTaken: "state",
  SlotLast: "state",
  SlotUncovered: "state",
  SecretUnusable: "invalid",
  KeyServiceRefused: "unavailable",
  TokenRefused: "unavailable",
  FormatOld: "state",
  FormatNew: "state",
  BundleMalformed: "integrity",
  BundleRefused: "denied",
  RecordExists: "state",
  RootUnavailable: "unavailable",
} as const satisfies Record<RootSealErrorCode, ErrorKind>;

export class RootSealError extends ServiceError<RootSealErrorCode> {
  constructor(code: RootSealErrorCode, message: string, cause?: unknown) {
    super(code, KINDS[code], message, {}, cause);
    this.name = "RootSealError";
  }
}

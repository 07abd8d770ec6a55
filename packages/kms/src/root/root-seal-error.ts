import { type ErrorKind, ServiceError } from "@strongroom/base";

/**
 * Why the root seal stays closed. The server does not start; `message` names the way out.
 *
 * - `KeyFileMissing`: data exists, its root key file does not.
 * - `KeyFileExposed`: others than its owner may read or write the key file.
 * - `KeyFileMalformed`, `RootRecordMalformed`: not a file of a known format, or a damaged one.
 * - `WrongRootKey`: the key file is a valid one, of other data.
 * - `RootRecordMissing`: data exists without its root record.
 * - `RootUnavailable`: the operating system refused to read or write.
 */
export type RootSealErrorCode =
  | "KeyFileMissing"
  | "KeyFileExposed"
  | "KeyFileMalformed"
  | "WrongRootKey"
  | "RootRecordMissing"
  | "RootRecordMalformed"
  | "RootUnavailable";

const KINDS = {
  KeyFileMissing: "state",
  KeyFileExposed: "state",
  KeyFileMalformed: "integrity",
  WrongRootKey: "state",
  RootRecordMissing: "state",
  RootRecordMalformed: "integrity",
  RootUnavailable: "unavailable",
} as const satisfies Record<RootSealErrorCode, ErrorKind>;

export class RootSealError extends ServiceError<RootSealErrorCode> {
  constructor(code: RootSealErrorCode, message: string, cause?: unknown) {
    super(code, KINDS[code], message, {}, cause);
    this.name = "RootSealError";
  }
}

import { type ErrorKind, ServiceError } from "@strongroom/base";

/**
 * Every way sealing or opening refuses. To a client all of kind `integrity` look the same; the code is for the log.
 *
 * - `Malformed`: not a sealed object, or not a wrapped key, of this format.
 * - `UnsupportedVersion`: a format version, suite or chunk size this program does not know.
 * - `WrongKey`: the commitment does not belong to this data key and header.
 * - `Tampered`: an authentication tag did not verify, or bytes follow the end.
 * - `Truncated`: bytes are missing.
 * - `UnknownMasterKey`: a wrapped key names a master key version that does not exist.
 * - `InvalidRange`, `TooLarge`, `InvalidContext`, `InvalidDataKey`, `Misuse`: the caller's mistake.
 */
export type EnvelopeErrorCode =
  | "Malformed"
  | "UnsupportedVersion"
  | "WrongKey"
  | "Tampered"
  | "Truncated"
  | "UnknownMasterKey"
  | "InvalidRange"
  | "TooLarge"
  | "InvalidContext"
  | "InvalidDataKey"
  | "Misuse";

const KINDS = {
  Malformed: "integrity",
  UnsupportedVersion: "integrity",
  WrongKey: "integrity",
  Tampered: "integrity",
  Truncated: "integrity",
  UnknownMasterKey: "integrity",
  InvalidRange: "invalid",
  TooLarge: "invalid",
  InvalidContext: "invalid",
  InvalidDataKey: "bug",
  Misuse: "bug",
} as const satisfies Record<EnvelopeErrorCode, ErrorKind>;

export class EnvelopeError extends ServiceError<EnvelopeErrorCode> {
  constructor(code: EnvelopeErrorCode, message: string) {
    super(code, KINDS[code], message);
    this.name = "EnvelopeError";
  }
}

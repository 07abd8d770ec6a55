import { type ErrorKind, ServiceError } from "@strongroom/base";

const KINDS = {
  /** The module cannot be loaded or is none. */
  ModuleUnusable: "state",
  /** No token has this label. */
  TokenMissing: "state",
  PinRefused: "denied",
  KeyMissing: "state",
  KeyExists: "state",
  /** A key of another kind, one that could be taken out of the token, or two of one label. */
  KeyUnfit: "state",
  /** What was to be opened was not sealed like this. */
  NotSealedHere: "invalid",
  /** The device failed, did not answer in time, or cannot do what is needed. */
  DeviceFailed: "unavailable",
} as const satisfies Record<string, ErrorKind>;

export type Pkcs11ErrorCode = keyof typeof KINDS;

export const isPkcs11ErrorCode = (code: string): code is Pkcs11ErrorCode => Object.hasOwn(KINDS, code);

/** A refusal of a token. The message names what to do and holds nothing secret. */
export class Pkcs11Error extends ServiceError<Pkcs11ErrorCode> {
  constructor(code: Pkcs11ErrorCode, message: string, cause?: unknown) {
    super(code, KINDS[code], message, {}, cause);
    this.name = "Pkcs11Error";
  }
}

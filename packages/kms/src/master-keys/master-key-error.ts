import { ServiceError } from "@strongroom/base";

/**
 * - `MasterKeyTampered`: a stored master key does not open, or its version is not a version.
 * - `MasterKeyMissing`: a version that existed, or must have existed, is not stored, or half of it is not.
 * - `MasterKeyInUse`: a version that is not to be destroyed: it is the newest.
 */
export type MasterKeyErrorCode = "MasterKeyTampered" | "MasterKeyMissing" | "MasterKeyInUse";

export class MasterKeyError extends ServiceError<MasterKeyErrorCode> {
  constructor(code: MasterKeyErrorCode, message: string) {
    super(code, code === "MasterKeyInUse" ? "state" : "integrity", message);
    this.name = "MasterKeyError";
  }
}

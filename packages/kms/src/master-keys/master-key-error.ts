import { ServiceError } from "@strongroom/base";

/**
 * - `MasterKeyTampered`: a stored master key does not open, or its version is not a version.
 * - `MasterKeyMissing`: a version that existed, or must have existed, is not stored.
 */
export type MasterKeyErrorCode = "MasterKeyTampered" | "MasterKeyMissing";

export class MasterKeyError extends ServiceError<MasterKeyErrorCode> {
  constructor(code: MasterKeyErrorCode, message: string) {
    super(code, "integrity", message);
    this.name = "MasterKeyError";
  }
}

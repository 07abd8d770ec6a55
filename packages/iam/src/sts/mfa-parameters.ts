import type { QueryParameters } from "@strongroom/wire";
import { StsError } from "./sts-error.ts";

/** Throws AccessDenied for a request with a code of a device: there are no devices, so no code can be right. */
export function refuseMfaCode(parameters: QueryParameters): void {
  if (parameters.text("SerialNumber") === undefined && parameters.text("TokenCode") === undefined) return;
  throw new StsError(
    "AccessDenied",
    "MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user.",
  );
}

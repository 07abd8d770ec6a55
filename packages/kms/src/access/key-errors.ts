import { KmsError } from "../kms-error.ts";
import type { KmsCaller } from "./kms-caller.ts";

export function keyNotFound(arn: string): KmsError {
  return new KmsError("NotFoundException", `Key '${arn}' does not exist`);
}

export function invalidKeyId(text: string): KmsError {
  return new KmsError("NotFoundException", `Invalid keyId '${text}'`);
}

export function aliasNotFound(arn: string): KmsError {
  return new KmsError("NotFoundException", `Alias ${arn} is not found.`);
}

/** The same for a key that does not exist and for one the caller may not use: no oracle (kms.md §0.4). */
export function ciphertextRefused(): KmsError {
  return new KmsError(
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, " +
      "or you are not allowed to access.",
  );
}

export function accessDenied(message: string): KmsError {
  return new KmsError("AccessDeniedException", message);
}

/** What a caller of another account hears of a key, whether it exists or not (AWS's text): no oracle. */
export function foreignKeyRefused({ principal }: KmsCaller, action: string, arn: string): KmsError {
  const who = "arn" in principal ? principal.arn : principal.kind;
  return accessDenied(
    `User: ${who} is not authorized to perform: kms:${action} on resource: ${arn} because the resource does not ` +
      "exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
  );
}

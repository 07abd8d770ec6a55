import type { EncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import { invalid, unsupported } from "../kms-error.ts";

/** Attested recipients need hardware this service does not have: refused, never ignored. */
export function refuseRecipient(recipient: object | undefined): void {
  if (recipient !== undefined) throw unsupported("Recipient is not supported.");
}

/** Only the symmetric algorithm authenticates a context. */
export function refuseContextFor(algorithm: string, context: EncryptionContext): void {
  if (algorithm !== "SYMMETRIC_DEFAULT" && Object.keys(context).length > 0) {
    throw invalid(`EncryptionContext is not supported with the algorithm ${algorithm}.`);
  }
}

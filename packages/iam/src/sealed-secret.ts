import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { IamError } from "./iam-error.ts";

const NONCE_SIZE_BYTES = 12;
const TAG_SIZE_BYTES = 16;
const TAG_OPTIONS = { authTagLength: TAG_SIZE_BYTES } as const;

/**
 * nonce ‖ ciphertext ‖ tag: a small secret under AES-256-GCM, bound to what it is for. A random nonce is enough: far
 * fewer than 2^32 secrets are ever sealed under this key (NIST SP 800-38D §8.3). The caller keeps `secret`.
 */
export function sealSecret(sealingKey: KeyObject, purpose: readonly string[], secret: SecretBytes): Buffer {
  const nonce = randomBytes(NONCE_SIZE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", sealingKey, nonce, TAG_OPTIONS);
  cipher.setAAD(associatedData(purpose));
  return Buffer.concat([nonce, cipher.update(secret.expose()), cipher.final(), cipher.getAuthTag()]);
}

/** Throws Tampered when the bytes were changed, cut or made for another purpose. The caller owns the result. */
export function openSecret(sealingKey: KeyObject, purpose: readonly string[], sealed: Buffer): SecretBytes {
  if (sealed.length <= NONCE_SIZE_BYTES + TAG_SIZE_BYTES) throw tampered();
  const nonce = sealed.subarray(0, NONCE_SIZE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", sealingKey, nonce, TAG_OPTIONS);
  decipher.setAAD(associatedData(purpose));
  decipher.setAuthTag(sealed.subarray(-TAG_SIZE_BYTES));
  const plaintext = decipher.update(sealed.subarray(NONCE_SIZE_BYTES, -TAG_SIZE_BYTES));
  try {
    decipher.final();
    return new SecretBytes(plaintext);
  } catch {
    plaintext.fill(0);
    throw tampered();
  }
}

function associatedData(purpose: readonly string[]): Buffer {
  return encodeSequence(["strongroom sealed secret", ...purpose]);
}

function tampered(): IamError {
  return new IamError("Tampered", "integrity", "A stored secret failed authentication.");
}

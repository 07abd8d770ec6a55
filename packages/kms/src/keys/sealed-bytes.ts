import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { KmsError } from "../kms-error.ts";

/** format (u8) ‖ nonce ‖ ciphertext ‖ tag. */
const FORMAT = 1;
const NONCE_OFFSET = 1;
const CIPHERTEXT_OFFSET = 13;
const TAG_SIZE_BYTES = 16;
const TAG_OPTIONS = { authTagLength: TAG_SIZE_BYTES } as const;

/**
 * AES-256-GCM bound to what the bytes are. `key` seals a handful of things at most, each time under a fresh random
 * nonce (NIST SP 800-38D §8.3). The caller keeps `secret`.
 */
export function sealBytes(key: KeyObject, boundTo: readonly string[], secret: SecretBytes): Buffer {
  const nonce = randomBytes(CIPHERTEXT_OFFSET - NONCE_OFFSET);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, TAG_OPTIONS);
  cipher.setAAD(encodeSequence(boundTo));
  const ciphertext = Buffer.concat([cipher.update(secret.expose()), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, ciphertext, cipher.getAuthTag()]);
}

/** null: changed, cut, of another format, or sealed for something else. The caller owns the result. */
export function openBytes(
  key: KeyObject,
  boundTo: readonly string[],
  sealed: Uint8Array,
): SecretBytes | null {
  if (sealed[0] !== FORMAT || sealed.length < CIPHERTEXT_OFFSET + TAG_SIZE_BYTES) return null;
  const nonce = sealed.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, TAG_OPTIONS);
  decipher.setAAD(encodeSequence(boundTo));
  decipher.setAuthTag(sealed.subarray(-TAG_SIZE_BYTES));
  const plaintext = decipher.update(sealed.subarray(CIPHERTEXT_OFFSET, -TAG_SIZE_BYTES));
  try {
    decipher.final();
    return new SecretBytes(plaintext);
  } catch {
    plaintext.fill(0);
    return null;
  }
}

export function requireOpened(opened: SecretBytes | null): SecretBytes {
  if (opened !== null) return opened;
  throw new KmsError("KMSInternalException", "Stored key material failed authentication.");
}

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { SecretBytes } from "@strongroom/base";

const VERSION = 1;
const NONCE_SIZE_BYTES = 12;
const TAG_SIZE_BYTES = 16;

/** What sealing adds: version, nonce and tag. */
export const SEAL_OVERHEAD_BYTES = 1 + NONCE_SIZE_BYTES + TAG_SIZE_BYTES;

/** docs/format/root-seal.md §2 `seal`. Wipes `key`. */
export function sealSecret(key: Buffer, aad: Uint8Array, secret: SecretBytes): Buffer {
  const nonce = randomBytes(NONCE_SIZE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", takeKey(key), nonce);
  cipher.setAAD(aad);
  const body = Buffer.concat([cipher.update(secret.expose()), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, body, cipher.getAuthTag()]);
}

/** null: it does not verify. Wipes `key`; the caller owns what comes back. */
export function openSecret(key: Buffer, aad: Uint8Array, sealed: Buffer): SecretBytes | null {
  const keyObject = takeKey(key);
  if (sealed.length < SEAL_OVERHEAD_BYTES || sealed[0] !== VERSION) return null;
  const nonce = sealed.subarray(1, 1 + NONCE_SIZE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", keyObject, nonce, { authTagLength: TAG_SIZE_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_SIZE_BYTES));
  const plain = new SecretBytes(
    decipher.update(sealed.subarray(1 + NONCE_SIZE_BYTES, sealed.length - TAG_SIZE_BYTES)),
  );
  try {
    decipher.final();
    return plain;
  } catch {
    plain.wipe();
    return null;
  }
}

function takeKey(key: Buffer): ReturnType<typeof createSecretKey> {
  const keyObject = createSecretKey(key);
  key.fill(0);
  return keyObject;
}

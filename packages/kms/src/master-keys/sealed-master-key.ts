import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { MasterKeyError } from "./master-key-error.ts";

/** One version of the SSE-S3 master key at rest: format (u8) ‖ nonce ‖ ciphertext ‖ tag. */
export interface SealedMasterKey {
  readonly version: number;
  readonly createdMs: number;
  readonly sealed: Uint8Array;
}

const FORMAT = 1;
const NONCE_OFFSET = 1;
const CIPHERTEXT_OFFSET = 13;
const TAG_OFFSET = 45;
const SEALED_SIZE_BYTES = 61;
const KEY_SIZE_BYTES = 32;
const TAG_OPTIONS = { authTagLength: 16 } as const;

/**
 * A fresh random master key under `sealingKey`. Random 96-bit nonces are safe here: NIST SP 800-38D §8.3 allows
 * 2^32 of them under one key, and there is one per rotation.
 */
export function createMasterKey(sealingKey: KeyObject, version: number, createdMs: number): SealedMasterKey {
  using masterKey = SecretBytes.random(KEY_SIZE_BYTES);
  const nonce = randomBytes(CIPHERTEXT_OFFSET - NONCE_OFFSET);
  const cipher = createCipheriv("aes-256-gcm", sealingKey, nonce);
  cipher.setAAD(boundTo(version, createdMs));
  const ciphertext = cipher.update(masterKey.expose());
  cipher.final();
  const sealed = Buffer.concat([Buffer.from([FORMAT]), nonce, ciphertext, cipher.getAuthTag()]);
  return { version, createdMs, sealed };
}

/** Throws MasterKeyTampered, also when the record stands under another version or time than it was made for. */
export function openMasterKey(sealingKey: KeyObject, record: SealedMasterKey): KeyObject {
  const { sealed, version } = record;
  if (sealed.length !== SEALED_SIZE_BYTES || sealed[0] !== FORMAT) throw tampered(version);
  const nonce = sealed.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET);
  const decipher = createDecipheriv("aes-256-gcm", sealingKey, nonce, TAG_OPTIONS);
  decipher.setAAD(boundTo(version, record.createdMs));
  decipher.setAuthTag(sealed.subarray(TAG_OFFSET));
  const bytes = decipher.update(sealed.subarray(CIPHERTEXT_OFFSET, TAG_OFFSET));
  try {
    decipher.final();
    return createSecretKey(bytes);
  } catch {
    throw tampered(version);
  } finally {
    bytes.fill(0);
  }
}

function boundTo(version: number, createdMs: number): Buffer {
  return encodeSequence(["strongroom sse-s3 master key", String(version), String(createdMs)]);
}

function tampered(version: number): MasterKeyError {
  return new MasterKeyError(
    "MasterKeyTampered",
    `the record of master key version ${version} does not open under this root key`,
  );
}

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { encodeContext } from "../encryption-context.ts";
import { EnvelopeError } from "../envelope-error.ts";
import type { EncryptedDataKey, EncryptionContext } from "../keyring.ts";

/** One version of a 32-byte key-encryption key. */
export interface MasterKey {
  readonly version: number;
  readonly key: KeyObject;
}

/**
 * kind (u8) ‖ key version (u32) ‖ salt ‖ ciphertext ‖ tag (docs/format/sealed-object.md §6). The kind says where the
 * key-encryption key is: among the master keys, or held by whoever asks (version 0).
 */
export const MASTER_KIND = 1;
export const HELD_KIND = 2;
export type WrapKind = typeof MASTER_KIND | typeof HELD_KIND;

const VERSION_OFFSET = 1;
const SALT_OFFSET = 5;
const CIPHERTEXT_OFFSET = 37;
const TAG_OFFSET = 69;
const BLOB_SIZE_BYTES = 85;
const DATA_KEY_SIZE_BYTES = 32;

/**
 * NIST SP 800-108r1 §4.1, counter mode, HMAC-SHA-256, one block:
 * [1]₃₂ ‖ label ‖ 0x00 ‖ context (the salt) ‖ [256]₃₂. A new key for each wrap means that no master key ever
 * spends an AES-GCM nonce, however many objects it covers.
 */
const KDF_LABEL = Buffer.from("strongroom data key wrap");
const KDF_HEAD = Buffer.concat([Buffer.from([0, 0, 0, 1]), KDF_LABEL, Buffer.from([0])]);
const KDF_TAIL = Buffer.from([0, 0, 1, 0]);
const CIPHER = "aes-256-gcm";
const ZERO_NONCE = Buffer.alloc(12);
const TAG_OPTIONS = { authTagLength: 16 } as const;

/** Throws InvalidDataKey or InvalidContext. */
export function wrapDataKey(
  masterKey: MasterKey,
  dataKey: SecretBytes,
  context: EncryptionContext,
  kind: WrapKind = MASTER_KIND,
): Buffer {
  const blob = Buffer.allocUnsafe(BLOB_SIZE_BYTES);
  randomFillSync(blob, SALT_OFFSET, CIPHERTEXT_OFFSET - SALT_OFFSET);
  blob[0] = kind;
  return completeBlob(blob, masterKey, dataKey, context);
}

/** As `wrapDataKey` with a chosen salt: for test vectors only, since a repeated salt repeats key and nonce. */
export function wrapDataKeyWithSalt(
  masterKey: MasterKey,
  dataKey: SecretBytes,
  context: EncryptionContext,
  salt: Uint8Array,
): Buffer {
  const blob = Buffer.alloc(BLOB_SIZE_BYTES);
  blob[0] = MASTER_KIND;
  blob.set(salt.subarray(0, CIPHERTEXT_OFFSET - SALT_OFFSET), SALT_OFFSET);
  return completeBlob(blob, masterKey, dataKey, context);
}

/** The master key version that a blob of this kind names; null for other kinds. Throws Malformed. */
export function findMasterKeyVersion(encrypted: EncryptedDataKey): number | null {
  if (!isOfKind(encrypted, MASTER_KIND)) return null;
  return Buffer.from(encrypted.buffer, encrypted.byteOffset, encrypted.length).readUInt32BE(VERSION_OFFSET);
}

/** Throws Malformed for a blob of this kind that has another size. */
export function isOfKind(encrypted: EncryptedDataKey, kind: WrapKind): boolean {
  if (encrypted[0] !== kind) return false;
  if (encrypted.length === BLOB_SIZE_BYTES) return true;
  throw new EnvelopeError("Malformed", "the wrapped data key does not have the size of its kind");
}

/** `encrypted` is a blob for which `findMasterKeyVersion` gave this key's version. Throws Tampered. */
export function unwrapDataKey(
  masterKey: KeyObject,
  encrypted: EncryptedDataKey,
  context: EncryptionContext,
): SecretBytes {
  const header = encrypted.subarray(0, CIPHERTEXT_OFFSET);
  const decipher = createDecipheriv(CIPHER, wrappingKey(masterKey, header), ZERO_NONCE, TAG_OPTIONS);
  decipher.setAAD(boundTo(header, context));
  decipher.setAuthTag(encrypted.subarray(TAG_OFFSET));
  const dataKey = new SecretBytes(decipher.update(encrypted.subarray(CIPHERTEXT_OFFSET, TAG_OFFSET)));
  try {
    decipher.final();
  } catch {
    dataKey.wipe();
    throw new EnvelopeError("Tampered", "the wrapped data key does not open under this context");
  }
  return dataKey;
}

function completeBlob(
  blob: Buffer,
  masterKey: MasterKey,
  dataKey: SecretBytes,
  context: EncryptionContext,
): Buffer {
  if (dataKey.sizeBytes !== DATA_KEY_SIZE_BYTES) {
    throw new EnvelopeError("InvalidDataKey", "a data key has 32 bytes");
  }
  blob.writeUInt32BE(masterKey.version, VERSION_OFFSET);
  const header = blob.subarray(0, CIPHERTEXT_OFFSET);
  const cipher = createCipheriv(CIPHER, wrappingKey(masterKey.key, header), ZERO_NONCE);
  cipher.setAAD(boundTo(header, context));
  blob.set(cipher.update(dataKey.expose()), CIPHERTEXT_OFFSET);
  cipher.final();
  blob.set(cipher.getAuthTag(), TAG_OFFSET);
  return blob;
}

function boundTo(header: Uint8Array, context: EncryptionContext): Buffer {
  return encodeSequence([header, encodeContext(context)]);
}

function wrappingKey(masterKey: KeyObject, header: Uint8Array): KeyObject {
  const hmac = createHmac("sha256", masterKey).update(KDF_HEAD);
  const bytes = hmac.update(header.subarray(SALT_OFFSET)).update(KDF_TAIL).digest();
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

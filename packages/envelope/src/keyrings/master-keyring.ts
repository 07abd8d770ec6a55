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
import type { DataKey, EncryptedDataKey, EncryptionContext, Keyring } from "../keyring.ts";

/** Versioned 32-byte key-encryption keys. Versions are 1, 2, 3, …; the highest is current. */
export interface MasterKeys {
  current(): { readonly version: number; readonly key: KeyObject };
  /** null: not known here. */
  find(version: number): KeyObject | null;
  /** Reads again what other processes may have added. */
  refresh(): Promise<void>;
}

/** format (u8) ‖ master key version (u32) ‖ salt ‖ ciphertext ‖ tag (docs/format/sealed-object.md §6). */
const FORMAT = 1;
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
const ZERO_NONCE = Buffer.alloc(12);
const TAG_OPTIONS = { authTagLength: 16 } as const;

/** Wraps data keys under versioned master keys held in this process. */
export class MasterKeyring implements Keyring {
  readonly #masterKeys: MasterKeys;

  constructor(masterKeys: MasterKeys) {
    this.#masterKeys = masterKeys;
  }

  async generateDataKey(context: EncryptionContext): Promise<DataKey> {
    const plaintext = SecretBytes.random(DATA_KEY_SIZE_BYTES);
    return { plaintext, encrypted: this.#wrap(plaintext, context) };
  }

  /** Wraps an existing data key under the current master key. The caller keeps and wipes `plaintext`. */
  async encryptDataKey(plaintext: SecretBytes, context: EncryptionContext): Promise<EncryptedDataKey> {
    return this.#wrap(plaintext, context);
  }

  /** null for other formats. Throws Malformed, UnknownMasterKey, or Tampered (also for another context). */
  async decryptDataKey(encrypted: EncryptedDataKey, context: EncryptionContext): Promise<SecretBytes | null> {
    if (encrypted[0] !== FORMAT) return null;
    const version = versionOf(encrypted);
    let masterKey = this.#masterKeys.find(version);
    if (masterKey === null) {
      await this.#masterKeys.refresh();
      masterKey = this.#masterKeys.find(version);
    }
    if (masterKey === null) {
      throw new EnvelopeError("UnknownMasterKey", `there is no master key version ${version}`);
    }
    return unwrap(encrypted, masterKey, context);
  }

  /** Whether `encrypted` is wrapped under the current master key; false for anything else. */
  isCurrent(encrypted: EncryptedDataKey): boolean {
    return encrypted[0] === FORMAT && versionOf(encrypted) === this.#masterKeys.current().version;
  }

  #wrap(plaintext: SecretBytes, context: EncryptionContext): Buffer {
    if (plaintext.sizeBytes !== DATA_KEY_SIZE_BYTES) {
      throw new EnvelopeError("InvalidDataKey", "a data key has 32 bytes");
    }
    const { version, key } = this.#masterKeys.current();
    const blob = Buffer.allocUnsafe(BLOB_SIZE_BYTES);
    blob[0] = FORMAT;
    blob.writeUInt32BE(version, 1);
    randomFillSync(blob, SALT_OFFSET, CIPHERTEXT_OFFSET - SALT_OFFSET);
    const header = blob.subarray(0, CIPHERTEXT_OFFSET);
    const cipher = createCipheriv("aes-256-gcm", wrappingKey(key, header), ZERO_NONCE);
    cipher.setAAD(encodeSequence([header, encodeContext(context)]));
    blob.set(cipher.update(plaintext.expose()), CIPHERTEXT_OFFSET);
    cipher.final();
    blob.set(cipher.getAuthTag(), TAG_OFFSET);
    return blob;
  }
}

function unwrap(encrypted: Uint8Array, masterKey: KeyObject, context: EncryptionContext): SecretBytes {
  const header = encrypted.subarray(0, CIPHERTEXT_OFFSET);
  const decipher = createDecipheriv("aes-256-gcm", wrappingKey(masterKey, header), ZERO_NONCE, TAG_OPTIONS);
  decipher.setAAD(encodeSequence([header, encodeContext(context)]));
  decipher.setAuthTag(encrypted.subarray(TAG_OFFSET));
  const plaintext = new SecretBytes(decipher.update(encrypted.subarray(CIPHERTEXT_OFFSET, TAG_OFFSET)));
  try {
    decipher.final();
  } catch {
    plaintext.wipe();
    throw new EnvelopeError("Tampered", "the wrapped data key does not open under this context");
  }
  return plaintext;
}

function wrappingKey(masterKey: KeyObject, header: Uint8Array): KeyObject {
  const hmac = createHmac("sha256", masterKey).update(KDF_HEAD);
  const bytes = hmac.update(header.subarray(SALT_OFFSET)).update(KDF_TAIL).digest();
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function versionOf(encrypted: Uint8Array): number {
  if (encrypted.length !== BLOB_SIZE_BYTES) {
    throw new EnvelopeError("Malformed", "the wrapped data key does not have the size of its format");
  }
  return Buffer.from(encrypted.buffer, encrypted.byteOffset, encrypted.length).readUInt32BE(1);
}

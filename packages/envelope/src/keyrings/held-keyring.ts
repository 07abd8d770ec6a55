import type { KeyObject } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import { EnvelopeError } from "../envelope-error.ts";
import type { DataKey, EncryptedDataKey, EncryptionContext, Keyring } from "../keyring.ts";
import type { DataKeyEncrypter } from "./rewrap-data-key.ts";
import { HELD_KIND, isOfKind, unwrapDataKey, wrapDataKey } from "./wrapped-data-key.ts";

const KEY_SIZE_BYTES = 32;

/**
 * Wraps data keys under one key-encryption key that is held only while a request needs it: one that a key service
 * gave out, or one that was derived from a customer's key. Dispose of it when the request is done.
 */
export class HeldKeyring implements Keyring, DataKeyEncrypter, Disposable {
  #key: KeyObject | null;

  /** Takes bytes over and wipes them. Throws InvalidDataKey unless there are 32. */
  constructor(keyEncryptionKey: SecretBytes | KeyObject) {
    this.#key = keyEncryptionKey instanceof SecretBytes ? takeOver(keyEncryptionKey) : keyEncryptionKey;
    if (this.#key.symmetricKeySize !== KEY_SIZE_BYTES) {
      throw new EnvelopeError("InvalidDataKey", "a key-encryption key has 32 bytes");
    }
  }

  async generateDataKey(context: EncryptionContext): Promise<DataKey> {
    const plaintext = SecretBytes.random(KEY_SIZE_BYTES);
    return { plaintext, encrypted: await this.encryptDataKey(plaintext, context) };
  }

  async encryptDataKey(plaintext: SecretBytes, context: EncryptionContext): Promise<EncryptedDataKey> {
    return wrapDataKey({ version: 0, key: this.#requireKey() }, plaintext, context, HELD_KIND);
  }

  /** null for wrapped keys of other kinds. Throws Malformed, Tampered or InvalidContext. */
  async decryptDataKey(encrypted: EncryptedDataKey, context: EncryptionContext): Promise<SecretBytes | null> {
    return isOfKind(encrypted, HELD_KIND) ? unwrapDataKey(this.#requireKey(), encrypted, context) : null;
  }

  [Symbol.dispose](): void {
    this.#key = null;
  }

  #requireKey(): KeyObject {
    if (this.#key !== null) return this.#key;
    throw new EnvelopeError("Misuse", "a key-encryption key was used after its request was done");
  }
}

function takeOver(keyEncryptionKey: SecretBytes): KeyObject {
  using bytes = keyEncryptionKey;
  return bytes.toKeyObject();
}

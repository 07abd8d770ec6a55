import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { inspect } from "node:util";

/**
 * Plaintext key bytes. Prints as `[secret]`, refuses JSON, and is zeroed by `wipe()`.
 * The instance owns its buffer: callers hand bytes over and must not keep them.
 */
export class SecretBytes implements Disposable {
  #bytes: Buffer | null;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  static random(sizeBytes: number): SecretBytes {
    return new SecretBytes(randomBytes(sizeBytes));
  }

  get sizeBytes(): number {
    return this.#live().length;
  }

  /** The bytes themselves, for the shortest time: never stored, never logged. Throws after `wipe()`. */
  expose(): Buffer {
    return this.#live();
  }

  /** A KeyObject with a copy of the bytes held outside the JavaScript heap. */
  toKeyObject(): KeyObject {
    return createSecretKey(this.#live());
  }

  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = null;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): never {
    throw new TypeError("secret bytes cannot be serialised");
  }

  [inspect.custom](): string {
    return "[secret]";
  }

  #live(): Buffer {
    if (this.#bytes === null) throw new TypeError("secret bytes were used after they were wiped");
    return this.#bytes;
  }
}

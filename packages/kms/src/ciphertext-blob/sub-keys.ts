import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { encodeSequence } from "@strongroom/base";

/** What one salt makes of a material: the AES-256-GCM key and the commitment to both. */
export interface SubKey {
  readonly salt: Buffer;
  readonly key: KeyObject;
  readonly commitment: Buffer;
}

const SALT_SIZE_BYTES = 16;
const KEY_SIZE_BYTES = 32;
const INFO = encodeSequence(["strongroom kms ciphertext blob", "key, commitment"]);

/**
 * How many messages one sub-key seals under random 96-bit nonces: the chance that any two nonces meet stays below
 * 2^-48, far under the 2^-32 of NIST SP 800-38D §8.3.
 */
export const MESSAGES_PER_SUB_KEY = 2 ** 24;
const MAX_KNOWN = 4096;

export function deriveSubKey(material: KeyObject, salt: Uint8Array): SubKey {
  const bytes = Buffer.from(hkdfSync("sha512", material, salt, INFO, KEY_SIZE_BYTES * 2));
  const key = createSecretKey(bytes.subarray(0, KEY_SIZE_BYTES));
  const commitment = Buffer.from(bytes.subarray(KEY_SIZE_BYTES));
  bytes.fill(0);
  return { salt: Buffer.from(salt), key, commitment };
}

/** The sub-keys of this process, by the material they come from. They live and go with their material's KeyObject. */
export class SubKeys {
  readonly #writing = new WeakMap<KeyObject, { subKey: SubKey; messagesLeft: number }>();
  readonly #reading = new WeakMap<KeyObject, Map<string, SubKey>>();

  /** The sub-key to seal one more message with: random for this process, new after its budget. */
  forSealing(material: KeyObject): SubKey {
    const known = this.#writing.get(material);
    if (known !== undefined && known.messagesLeft > 0) {
      known.messagesLeft -= 1;
      return known.subKey;
    }
    const subKey = deriveSubKey(material, randomBytes(SALT_SIZE_BYTES));
    this.#writing.set(material, { subKey, messagesLeft: MESSAGES_PER_SUB_KEY - 1 });
    return subKey;
  }

  forOpening(material: KeyObject, salt: Buffer): SubKey {
    const written = this.#writing.get(material)?.subKey;
    if (written?.salt.equals(salt) === true) return written;
    let known = this.#reading.get(material);
    if (known === undefined) {
      known = new Map();
      this.#reading.set(material, known);
    }
    const name = salt.toString("latin1");
    let subKey = known.get(name);
    if (subKey === undefined) {
      subKey = deriveSubKey(material, salt);
      // Salts come from whoever sends a ciphertext: what is kept of them is bounded.
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(name, subKey);
    }
    return subKey;
  }
}

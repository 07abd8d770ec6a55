import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import { Pkcs11Error } from "@strongroom/pkcs11";
import type { KeyDevice, KeyDevices } from "./key-device.ts";

export const CLUSTER = "cluster-abc234567ab";
export const OTHER_CLUSTER = "cluster-ABCDEFGHIJK";
const TAG_OPTIONS = { authTagLength: 16 } as const;

/** A device in this process, for tests: given to one account, with a PIN, and away when told. */
export class MemoryDevice implements KeyDevices {
  readonly keys = new Map<string, Buffer>();
  pin = "correct-4711";
  /** Whose it is. */
  accountId = "111122223333";
  isAway = false;
  logins = 0;
  openCount = 0;

  has(clusterId: string, accountId: string): boolean {
    return (clusterId === CLUSTER || clusterId === OTHER_CLUSTER) && accountId === this.accountId;
  }

  async open(_: string, pin: SecretBytes): Promise<KeyDevice> {
    this.logins += 1;
    this.#requireThere();
    if (pin.expose().toString() !== this.pin) throw new Pkcs11Error("PinRefused", "the PIN was refused");
    this.openCount += 1;
    return {
      createKey: async (label) => {
        this.#requireThere();
        if (this.keys.has(label)) throw new Pkcs11Error("KeyExists", "there is one already");
        this.keys.set(label, randomBytes(32));
      },
      destroyKey: async (label) => {
        this.#requireThere();
        return this.keys.delete(label);
      },
      seal: async (label, plaintext, associatedData) => {
        const nonce = randomBytes(12);
        const cipher = createCipheriv("aes-256-gcm", this.#key(label), nonce, TAG_OPTIONS);
        cipher.setAAD(associatedData);
        return Buffer.concat([nonce, cipher.update(plaintext.expose()), cipher.final(), cipher.getAuthTag()]);
      },
      unseal: async (label, sealed, associatedData) => {
        const decipher = createDecipheriv(
          "aes-256-gcm",
          this.#key(label),
          sealed.subarray(0, 12),
          TAG_OPTIONS,
        );
        decipher.setAAD(associatedData);
        decipher.setAuthTag(sealed.subarray(-16));
        try {
          return new SecretBytes(
            Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]),
          );
        } catch (error) {
          throw new Pkcs11Error("NotSealedHere", "not sealed here", error);
        }
      },
      random: async (sizeBytes) => randomBytes(sizeBytes),
      close: () => {
        this.openCount -= 1;
      },
    };
  }

  #key(label: string): Buffer {
    this.#requireThere();
    const key = this.keys.get(label);
    if (key === undefined) throw new Pkcs11Error("KeyMissing", "there is no such key");
    return key;
  }

  #requireThere(): void {
    if (this.isAway) throw new Pkcs11Error("DeviceFailed", "the device does not answer");
  }
}

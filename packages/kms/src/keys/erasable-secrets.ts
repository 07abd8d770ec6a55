import { SecretBytes } from "@strongroom/base";

/**
 * Where the erasable half of every key material's sealing lives: 32 random bytes under a name. The other half comes
 * from the root key, so neither opens anything alone. Erasing one makes the material unreadable for good, also for
 * whoever holds the root key and every other file, and old pages of the index. Backups of this store undo it.
 *
 * - `create` resolves durably.
 * - `read` gives null for what was never made or was erased. The caller owns and wipes the bytes.
 * - `erase` resolves when the bytes are overwritten and gone; erasing what is not there is no error.
 */
export interface ErasableSecrets {
  create(name: string, secret: SecretBytes): Promise<void>;
  read(name: string): Promise<SecretBytes | null>;
  erase(name: string): Promise<void>;
}

export const ERASABLE_SECRET_SIZE_BYTES = 32;

/** For tests: kept in this process alone. */
export class MemoryErasableSecrets implements ErasableSecrets {
  readonly #secrets = new Map<string, Buffer>();

  async create(name: string, secret: SecretBytes): Promise<void> {
    this.#secrets.set(name, Buffer.from(secret.expose()));
  }

  async read(name: string): Promise<SecretBytes | null> {
    const found = this.#secrets.get(name);
    return found === undefined ? null : new SecretBytes(Buffer.from(found));
  }

  async erase(name: string): Promise<void> {
    this.#secrets.get(name)?.fill(0);
    this.#secrets.delete(name);
  }

  get count(): number {
    return this.#secrets.size;
  }
}

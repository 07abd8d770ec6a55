import type { Credential } from "./credential.ts";

const CAPACITY = 10_000;

/**
 * Opened credentials, so that a busy client costs no index read and no decryption per request. They are of one
 * generation of the identities: a change of any of them, by whichever process, empties the cache.
 */
export class CredentialCache {
  readonly #entries = new Map<string, Credential>();
  #generation = -1;

  find(accessKeyId: string, generation: number): Credential | null {
    if (generation !== this.#generation) this.clear();
    this.#generation = generation;
    return this.#entries.get(accessKeyId) ?? null;
  }

  /** `generation`: the one under which the credential was read. One that is over is not kept. */
  put(credential: Credential, generation: number): void {
    if (generation !== this.#generation) return;
    if (this.#entries.size >= CAPACITY) this.clear();
    this.#entries.set(credential.accessKeyId, credential);
  }

  /** Forgets all. Secrets are not wiped: requests under way may still hold them. */
  clear(): void {
    this.#entries.clear();
  }
}

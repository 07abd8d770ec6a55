import type { Clock } from "@strongroom/base";
import type { Credential } from "./credential.ts";

/** A revoked key works at most this long in a process that saw it. */
const MAX_AGE_MS = 1000;
const CAPACITY = 10_000;

/** Opened credentials, so that a busy client costs no index read and no decryption per request. */
export class CredentialCache {
  readonly #entries = new Map<string, { readonly credential: Credential; readonly readMs: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  find(accessKeyId: string): Credential | null {
    const entry = this.#entries.get(accessKeyId);
    if (entry === undefined) return null;
    const ageMs = this.#clock.nowMs() - entry.readMs;
    // A clock that was set back makes the age negative: read again.
    if (ageMs >= 0 && ageMs < MAX_AGE_MS) return entry.credential;
    this.#entries.delete(accessKeyId);
    return null;
  }

  put(credential: Credential): void {
    if (this.#entries.size >= CAPACITY) this.clear();
    this.#entries.set(credential.accessKeyId, { credential, readMs: this.#clock.nowMs() });
  }

  /** Forgets all. Secrets are not wiped: requests under way may still hold them. */
  clear(): void {
    this.#entries.clear();
  }
}

import { createHash } from "node:crypto";
import { type Clock, SecretBytes } from "@strongroom/base";
import type { KeyContext } from "./encryption.ts";
import type { KeyService } from "./key-service.ts";
import type { KeyRequester } from "./request-keys.ts";

/** A bucket's key serves this long, and this many objects; then the key service is asked for another. */
const LIFETIME_MS = 5 * 60_000;
const MAX_USES = 10_000;
const CAPACITY = 1_000;

interface Entry {
  readonly keyArn: string;
  readonly key: SecretBytes;
  readonly wrappedKey: Uint8Array;
  readonly generation: string;
  readonly madeMs: number;
  usesLeft: number;
  /** Lets go of the key though nobody asks for it again. */
  readonly expiry: NodeJS.Timeout;
}

export interface BucketKeyRequest {
  readonly requester: KeyRequester;
  readonly context: KeyContext;
}

/**
 * Keys of buckets, open in memory for a bounded time and number of objects, so that the key service is asked once for
 * many. Never shared between requesters, and forgotten as soon as any key, policy or grant changes: a revocation
 * bites on the next request all the same.
 */
export class BucketKeys {
  readonly #service: KeyService;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(service: KeyService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** A key to seal one more object under; the caller owns and wipes `plaintext`. */
  async forSealing(request: BucketKeyRequest & { readonly keyId: string }) {
    const name = nameOf("seal", request.requester, request.context, request.keyId);
    const generation = await this.#service.generation();
    const known = this.#find(name, generation);
    if (known !== null && known.usesLeft > 0) {
      known.usesLeft--;
      return { keyArn: known.keyArn, plaintext: copyOf(known.key), wrappedKey: known.wrappedKey };
    }
    const made = await this.#service.generateDataKey(request);
    const { keyArn, wrappedKey } = made;
    this.#keep(name, { keyArn, key: copyOf(made.plaintext), wrappedKey, generation, usesLeft: MAX_USES - 1 });
    return made;
  }

  /** The key that `wrappedKey` holds; the caller owns and wipes it. */
  async forOpening(
    request: BucketKeyRequest & { readonly keyArn: string; readonly wrappedKey: Uint8Array },
  ): Promise<SecretBytes> {
    const name = nameOf("open", request.requester, request.context, digestOf(request.wrappedKey));
    const generation = await this.#service.generation();
    const known = this.#find(name, generation);
    if (known !== null && known.usesLeft > 0) {
      known.usesLeft--;
      return copyOf(known.key);
    }
    const key = await this.#service.decrypt(request);
    const { keyArn, wrappedKey } = request;
    this.#keep(name, { keyArn, key: copyOf(key), wrappedKey, generation, usesLeft: MAX_USES });
    return key;
  }

  #find(name: string, generation: string): Entry | null {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const ageMs = this.#clock.nowMs() - entry.madeMs;
    if (ageMs >= 0 && ageMs < LIFETIME_MS && entry.generation === generation) return entry;
    this.#forget(name, entry);
    return null;
  }

  #keep(name: string, entry: Omit<Entry, "madeMs" | "expiry">): void {
    const before = this.#entries.get(name);
    if (before !== undefined) this.#forget(name, before);
    if (this.#entries.size >= CAPACITY) {
      for (const [oldest, old] of this.#entries) {
        this.#forget(oldest, old);
        break;
      }
    }
    const expiry = setTimeout(() => this.#forget(name, kept), LIFETIME_MS).unref();
    const kept = { ...entry, madeMs: this.#clock.nowMs(), expiry };
    this.#entries.set(name, kept);
  }

  #forget(name: string, entry: Entry): void {
    clearTimeout(entry.expiry);
    this.#entries.delete(name);
    entry.key.wipe();
  }
}

function nameOf(use: "seal" | "open", requester: KeyRequester, context: KeyContext, key: string): string {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([use, requester.name, key, pairs]);
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

function copyOf(key: SecretBytes): SecretBytes {
  return new SecretBytes(Buffer.from(key.expose()));
}

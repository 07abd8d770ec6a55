import { hash, type KeyObject } from "node:crypto";
import type { Clock, SecretBytes } from "@strongroom/base";
import type { KeyContext } from "./encryption.ts";
import type { KeyService } from "./key-service.ts";
import type { KeyRequester } from "./request-keys.ts";

/** A bucket's key serves this long, and this many objects; then the key service is asked for another. */
const LIFETIME_MS = 5 * 60_000;
const MAX_USES = 10_000;
const CAPACITY = 1_000;

/** A key of a bucket, open. */
export interface BucketKey {
  readonly keyArn: string;
  readonly key: KeyObject;
  readonly wrappedKey: Uint8Array;
}

interface Entry extends BucketKey {
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
 * bites on the next request all the same. They are KeyObjects: their bytes are cleared when the last reference goes.
 */
export class BucketKeys {
  readonly #service: KeyService;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(service: KeyService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** A key to seal one more object under. */
  async forSealing(request: BucketKeyRequest & { readonly keyId: string }): Promise<BucketKey> {
    const name = nameOf("seal", request.requester, request.context, request.keyId);
    const generation = await this.#service.generation();
    const known = this.#find(name, generation);
    if (known !== null && known.usesLeft > 0) {
      known.usesLeft--;
      return known;
    }
    const { keyArn, wrappedKey, plaintext } = await this.#service.generateDataKey(request);
    const made = { keyArn, key: takeOver(plaintext), wrappedKey };
    this.#keep(name, { ...made, generation, usesLeft: MAX_USES - 1 });
    return made;
  }

  /** The key that `wrappedKey` holds. */
  async forOpening(
    request: BucketKeyRequest & { readonly keyArn: string; readonly wrappedKey: Uint8Array },
  ): Promise<KeyObject> {
    const name = nameOf("open", request.requester, request.context, digestOf(request.wrappedKey));
    const generation = await this.#service.generation();
    const known = this.#find(name, generation);
    if (known !== null && known.usesLeft > 0) {
      known.usesLeft--;
      return known.key;
    }
    const key = takeOver(await this.#service.decrypt(request));
    const { keyArn, wrappedKey } = request;
    this.#keep(name, { keyArn, key, wrappedKey, generation, usesLeft: MAX_USES });
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
  }
}

function nameOf(use: "seal" | "open", requester: KeyRequester, context: KeyContext, key: string): string {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([use, requester.name, key, pairs]);
}

/** By the bytes of a decoded record, which is kept and read again and again. */
const digests = new WeakMap<Uint8Array, string>();

function digestOf(bytes: Uint8Array): string {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  const digest = hash("sha256", bytes, "base64");
  digests.set(bytes, digest);
  return digest;
}

function takeOver(key: SecretBytes): KeyObject {
  using bytes = key;
  return bytes.toKeyObject();
}

import type { Index, IndexRecord } from "./index-port.ts";

/** A record as it was decoded, beside the bytes it was decoded from. */
export interface Decoded<T> {
  readonly value: T;
  readonly stored: IndexRecord;
}

/**
 * Records as they were last decoded, per index. The index is always asked, so nothing here is ever stale: a revision
 * never comes again, so an equal one means equal bytes, and only the decoding is spared. What came first goes first.
 */
export class RecordCache<T> {
  readonly #capacity: number;
  readonly #decode: (value: Uint8Array) => T;
  readonly #byIndex = new WeakMap<Index, Map<string, Decoded<T>>>();

  constructor(capacity: number, decode: (value: Uint8Array) => T) {
    this.#capacity = capacity;
    this.#decode = decode;
  }

  /** The decoded form of `stored`, which was read under `name`. Shared: never to be changed. */
  decoded(index: Index, name: string, stored: IndexRecord): Decoded<T> {
    let known = this.#byIndex.get(index);
    if (known === undefined) {
      known = new Map();
      this.#byIndex.set(index, known);
    }
    const before = known.get(name);
    if (before?.stored.revision === stored.revision) return before;
    if (before === undefined && known.size >= this.#capacity) {
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    }
    const entry = { value: this.#decode(stored.value), stored };
    known.set(name, entry);
    return entry;
  }
}

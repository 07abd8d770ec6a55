/** One change of a record: a new value, or null to remove it. */
export interface RecordChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/**
 * What accounts need of storage; an adapter over the index provides it.
 *
 * - `get` sees the newest committed state.
 * - `change` is all or nothing and durable when it resolves. It returns false, and changes nothing, when a key of
 *   `absent` exists.
 * - `list` returns the values of all keys that start with `prefix`, in key order.
 */
export interface RecordStore {
  get(key: Uint8Array): Promise<Uint8Array | null>;
  change(changes: readonly RecordChange[], absent: readonly Uint8Array[]): Promise<boolean>;
  list(prefix: Uint8Array): Promise<readonly Uint8Array[]>;
}

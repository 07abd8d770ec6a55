/** One change of a record: a new value, or null to remove it. */
export interface RecordChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** A record as it was read. `revision` names this write of it and is never used again. */
export interface StoredRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly revision: string;
}

/** What must still hold when changes are applied: the record has this revision, or (null) there is none. */
export interface RecordCheck {
  readonly key: Uint8Array;
  readonly revision: string | null;
}

/**
 * Small records that identities, keys and jobs are kept in; an adapter over the index provides it. Keys compare as
 * unsigned bytes. What is stored is sealed, and a record that was changed, moved or put back throws when it is read.
 *
 * - Reads see the newest committed state.
 * - `commit` and `change` are all or nothing and durable when they resolve. They return false, and change nothing,
 *   when a check fails: read again and decide anew.
 */
export interface RecordStore {
  get(key: Uint8Array): Promise<Uint8Array | null>;
  find(key: Uint8Array): Promise<StoredRecord | null>;
  /** `change` with checks on revisions. */
  commit(changes: readonly RecordChange[], checks: readonly RecordCheck[]): Promise<boolean>;
  /** `commit` where the keys of `absent` must not exist. */
  change(changes: readonly RecordChange[], absent: readonly Uint8Array[]): Promise<boolean>;
  /** The values of all keys that start with `prefix`, in key order. For what is known to be few. */
  list(prefix: Uint8Array): Promise<readonly Uint8Array[]>;
  /** At most `limit` records whose keys start with `prefix` and are greater than `after` (null: from the first). */
  page(prefix: Uint8Array, after: Uint8Array | null, limit: number): Promise<readonly StoredRecord[]>;
}

/**
 * `Index`: ordered, transactional key–value records. Keys compare as unsigned bytes.
 *
 * Contract for every driver:
 * - Reads see the newest committed state; one `list` or `listTogether` call sees one consistent snapshot.
 * - `commit` is all or nothing. Every check is evaluated against the state the writes are applied to, and the
 *   promise resolves only when the result would survive a power cut. A failed check rejects with
 *   `IndexConflictError` and changes nothing; the caller re-reads and tries again.
 * - A process that dies in a commit leaves it done or undone; which of both may be seen by others only once any of them
 *   has committed, if only an empty batch.
 * - `revision` identifies one write of one record: it changes with every put and is never used again.
 * - Payloads are small sealed blobs, committed with the records that name them. They are unordered and opaque.
 * - At rest neither keys nor values are readable, and a record that was changed, moved or put back to an earlier
 *   state is reported as `IndexIntegrityError`, never returned.
 * - Returned buffers belong to the caller, except a payload from `readPayload`, which is valid until the next
 *   await and must not be written to.
 */
export interface Index {
  get(key: Uint8Array): Promise<IndexRecord | null>;
  /** Records with `from <= key < to`, ascending (or descending when `reverse`), at most `limit`. */
  list(range: IndexRange): Promise<readonly IndexRecord[]>;
  /** Several ranges as they are at one instant. */
  listTogether(ranges: readonly IndexRange[]): Promise<readonly (readonly IndexRecord[])[]>;
  commit(batch: IndexBatch): Promise<void>;
  /**
   * A number that grows with every commit of any process that changes records: while it stays the same, none has. Cheap enough
   * to ask before each request; drivers that need not wait answer at once.
   */
  lastCommit(): number | Promise<number>;
  readPayload(id: string): Promise<Uint8Array | null>;
  /** Ids of stored payloads after `afterId`, ascending, at most `limit`: for the sweep. */
  listPayloads(afterId: string, limit: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface IndexRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly revision: string;
}

export interface IndexRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly limit: number;
  readonly reverse?: boolean;
}

export type IndexCheck =
  /** The record still has this revision; `null`: there is no such record. */
  | { readonly key: Uint8Array; readonly revision: string | null }
  /** No record lies in `from <= key < to`. */
  | { readonly emptyFrom: Uint8Array; readonly emptyTo: Uint8Array };

export interface IndexBatch {
  readonly checks?: readonly IndexCheck[];
  readonly puts?: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
  readonly deletes?: readonly Uint8Array[];
  readonly putPayloads?: readonly { readonly id: string; readonly bytes: Uint8Array }[];
  readonly deletePayloads?: readonly string[];
}

export class IndexConflictError extends Error {
  override readonly name = "IndexConflictError";
}

/** A stored record failed authentication. `message` says where, never what. */
export class IndexIntegrityError extends Error {
  override readonly name = "IndexIntegrityError";
}

/** The smallest key that is greater than every key starting with `prefix`. */
export function endOfPrefix(prefix: Uint8Array): Buffer {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at] ?? 0;
    if (byte !== 0xff) {
      end[at] = byte + 1;
      return end.subarray(0, at + 1);
    }
  }
  return Buffer.alloc(64, 0xff);
}

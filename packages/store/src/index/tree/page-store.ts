/** Ids are integers of at most 48 bits, handed out by a counter; they tell nothing of what a page holds. */
export type PageId = number;

/**
 * Where sealed pages lie: the one thing the tree asks of a database.
 *
 * All calls of one tree operation see one snapshot. Bytes from `get` are valid until the next `get` and must not be
 * written to; bytes given to `put` are copied before it returns.
 */
export interface PageStore {
  get(id: PageId): Uint8Array | undefined;
  put(id: PageId, bytes: Uint8Array): void;
  delete(id: PageId): void;
}

/** What a parent knows of a child: where it lies and which version of it is the true one. */
export interface PageRef {
  readonly id: PageId;
  /** The child's authentication tag. */
  readonly tag: Buffer;
}

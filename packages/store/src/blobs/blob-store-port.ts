/**
 * `BlobStore`: sealed bytes at rest under random ids. It knows no names and no keys.
 *
 * Contract for every driver:
 * - `write` resolves only when the bytes, and the entry that finds them, would survive a power cut. When `body`
 *   throws, nothing is kept and the error is passed on. Pieces are handed over: the producer must not touch them again. Ids are
 *   chosen by the store, random, never used again.
 * - `read` yields exactly the bytes `[start, end)`, in pieces of any size, reading ahead no further than one piece
 *   while the consumer is slow. A missing or short blob throws `BlobMissingError`, and so does, when `mustEnd` is set, one that goes
 *   on after `end`: bytes appended to a blob are not passed over in silence.
 * - `delete` of an unknown id is not an error.
 */
export interface BlobStore {
  write(body: AsyncIterable<Uint8Array>): Promise<StoredBlob>;
  read(id: string, start: number, end: number, mustEnd?: boolean): AsyncIterable<Uint8Array>;
  delete(id: string): Promise<void>;
  /** All ids that are not still being written by this or another live process; for the sweep. */
  list(): AsyncIterable<string>;
}

export interface StoredBlob {
  readonly id: string;
  readonly sizeBytes: number;
}

export class BlobMissingError extends Error {
  override readonly name = "BlobMissingError";
}

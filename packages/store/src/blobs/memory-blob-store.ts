import { randomBytes } from "node:crypto";
import { BlobMissingError, type BlobStore, type StoredBlob } from "./blob-store-port.ts";

const PIECE_BYTES = 256 * 1024;

/** A `BlobStore` in this process's memory: the whole contract except surviving the process. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, Buffer>();

  async write(body: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(Buffer.from(piece));
    const id = randomBytes(16).toString("hex");
    const bytes = Buffer.concat(pieces);
    this.#blobs.set(id, bytes);
    return { id, sizeBytes: bytes.length };
  }

  async *read(id: string, start: number, end: number, mustEnd = false): AsyncIterable<Uint8Array> {
    const bytes = this.#blobs.get(id);
    if (bytes === undefined || bytes.length < end) throw new BlobMissingError("the blob is missing or short");
    if (mustEnd && bytes.length > end) throw new BlobMissingError("the blob is longer than its record says");
    for (let at = start; at < end; at += PIECE_BYTES) {
      yield Buffer.from(bytes.subarray(at, Math.min(end, at + PIECE_BYTES)));
    }
  }

  async delete(id: string): Promise<void> {
    this.#blobs.delete(id);
  }

  async *list(): AsyncIterable<string> {
    yield* [...this.#blobs.keys()];
  }
}

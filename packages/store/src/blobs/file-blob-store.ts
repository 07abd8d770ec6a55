import { mkdir, readdir, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isIncarnation, newBlobName, parseBlobId, printBlobId, requireBlobPlace } from "./blob-id.ts";
import { blobStoreFailure } from "./blob-store-error.ts";
import { BlobMissingError, type BlobStore, type StoredBlob } from "./blob-store-port.ts";
import { closeFile, openFile, readAt, sizeOfFile, syncData, syncFolder, writeAll } from "./file-io.ts";
import { SharedSync } from "./shared-sync.ts";

export interface FileBlobStoreOptions {
  readonly folder: string;
  /** Names the life of this process; never used again by another. Lower-case letters, digits and hyphens. */
  readonly incarnation: string;
  /** Whether another life may still be writing; asked by `list` only. */
  readonly isLive: (incarnation: string) => boolean;
}

const WRITE_BYTES = 512 * 1024;
/** Each read is a journey to another thread. Two hold 1 MiB and what sealing adds to it. */
const READ_BYTES = 528 * 1024;
/** Data is handed to the disk this often, so that the flush at the end is a short one. */
const FLUSH_BYTES = 16 * 1024 * 1024;
const FILES_PER_FOLDER = 1024;
/** Buffers between two reads: sealed bytes only. New ones each time would keep the collector busy. */
const MAX_SPARE_BUFFERS = 16;
const spareBuffers: Buffer[] = [];

function takeBuffer(held: Buffer[]): Buffer {
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  held.push(buffer);
  return buffer;
}

/**
 * One file a blob, at `incarnation/folder/name`. Each life of each process writes to folders of its own, so the
 * sweep can tell what a dead writer left from what a live one has not committed yet, and all who write at once share
 * one flush of one folder. Pieces from `read` are valid until the next one is asked for.
 */
export class FileBlobStore implements BlobStore {
  readonly #options: FileBlobStoreOptions;
  #folder: { readonly number: number; readonly path: string; readonly sync: SharedSync } | null = null;
  #opening: Promise<void> | null = null;
  #written = 0;

  constructor(options: FileBlobStoreOptions) {
    if (!isIncarnation(options.incarnation)) throw new TypeError("an incarnation is a short lower-case name");
    this.#options = options;
  }

  async write(body: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const folder = await this.#currentFolder();
    const name = newBlobName();
    const path = join(folder.path, name);
    try {
      const descriptor = await openFile(path, "wx", 0o600);
      let sizeBytes: number;
      try {
        sizeBytes = await writeBody(descriptor, body);
        await syncData(descriptor);
      } finally {
        await closeFile(descriptor);
      }
      await folder.sync.flush();
      return {
        id: printBlobId({ incarnation: this.#options.incarnation, folder: folder.number, name }),
        sizeBytes,
      };
    } catch (error) {
      await unlink(path).catch(() => {});
      throw blobStoreFailure(error);
    }
  }

  async *read(id: string, start: number, end: number, mustEnd = false): AsyncGenerator<Uint8Array> {
    const descriptor = await this.#open(id);
    const held: Buffer[] = [];
    let ahead: Promise<number> | null = null;
    try {
      if (mustEnd && (await sizeOfFile(descriptor)) !== end) {
        throw new BlobMissingError("the blob is not as long as its record says");
      }
      const sizes = (at: number): number => Math.min(READ_BYTES, end - at);
      let buffer = takeBuffer(held);
      let spare = end - start > READ_BYTES ? takeBuffer(held) : buffer;
      ahead = end > start ? readAt(descriptor, buffer, sizes(start), start) : null;
      for (let at = start; at < end; ) {
        const sizeBytes = sizes(at);
        if ((await ahead) !== sizeBytes)
          throw new BlobMissingError("the blob is shorter than its record says");
        at += sizeBytes;
        const piece = buffer.subarray(0, sizeBytes);
        [buffer, spare] = [spare, buffer];
        ahead = at < end ? readAt(descriptor, buffer, sizes(at), at) : null;
        yield piece;
      }
    } catch (error) {
      throw blobStoreFailure(error);
    } finally {
      await ahead?.catch(() => {});
      // Nothing writes to them any more, and whoever read this far asks for no further piece.
      if (spareBuffers.length < MAX_SPARE_BUFFERS) spareBuffers.push(...held);
      await closeFile(descriptor);
    }
  }

  async delete(id: string): Promise<void> {
    const place = parseBlobId(id);
    if (place === null) return;
    const folder = join(this.#options.folder, place.incarnation, place.folder.toString(16));
    try {
      await unlink(join(folder, place.name));
    } catch (error) {
      if (!isMissing(error)) throw blobStoreFailure(error);
    }
    if (place.incarnation === this.#options.incarnation || this.#options.isLive(place.incarnation)) return;
    // Empty folders of the dead go with their last file; a folder that is not empty stays, and that is no error.
    await rmdir(folder)
      .then(() => rmdir(join(this.#options.folder, place.incarnation)))
      .catch(() => {});
  }

  async *list(): AsyncGenerator<string> {
    for (const incarnation of await namesIn(this.#options.folder)) {
      if (!isIncarnation(incarnation) || incarnation === this.#options.incarnation) continue;
      if (this.#options.isLive(incarnation)) continue;
      for (const folder of await namesIn(join(this.#options.folder, incarnation))) {
        for (const name of await namesIn(join(this.#options.folder, incarnation, folder))) {
          const id = `${incarnation}.${folder}.${name}`;
          if (parseBlobId(id) !== null) yield id;
        }
      }
    }
  }

  async #open(id: string): Promise<number> {
    const place = requireBlobPlace(id);
    const path = join(this.#options.folder, place.incarnation, place.folder.toString(16), place.name);
    try {
      return await openFile(path, "r");
    } catch (error) {
      if (isMissing(error)) throw new BlobMissingError("the blob's file is missing");
      throw blobStoreFailure(error);
    }
  }

  async #currentFolder() {
    if (this.#written++ % FILES_PER_FOLDER === 0) {
      this.#opening = this.#makeFolder(Math.floor((this.#written - 1) / FILES_PER_FOLDER));
    }
    try {
      await this.#opening;
    } catch (error) {
      this.#written = 0;
      throw blobStoreFailure(error);
    }
    if (this.#folder === null) throw new TypeError("no folder was made");
    return this.#folder;
  }

  async #makeFolder(number: number): Promise<void> {
    const own = join(this.#options.folder, this.#options.incarnation);
    const path = join(own, number.toString(16));
    await mkdir(path, { recursive: true, mode: 0o700 });
    await syncFolder(own);
    await syncFolder(this.#options.folder);
    this.#folder = { number, path, sync: new SharedSync(() => syncFolder(path)) };
  }
}

/**
 * Gathers small pieces into large writes; while one is on its way the next is gathered, and no more than that. What was
 * written is flushed as it grows, beside the writing, so that the last flush finds little to do.
 */
async function writeBody(descriptor: number, body: AsyncIterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  let flushedBytes = 0;
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  let flushing: Promise<void> = Promise.resolve();
  const hand = async (): Promise<void> => {
    await writing;
    const batch = pieces;
    const isDue = sizeBytes - flushedBytes >= FLUSH_BYTES;
    if (isDue) flushedBytes = sizeBytes;
    pieces = [];
    heldBytes = 0;
    writing = writeAll(descriptor, batch);
    // The failure is met at the next `await`; until then it must not count as unhandled.
    writing.catch(() => {});
    if (!isDue) return;
    // One at a time: a disk that is slower than the sender holds the sender back, not memory.
    await flushing;
    flushing = writing.then(() => syncData(descriptor));
    flushing.catch(() => {});
  };
  try {
    for await (const piece of body) {
      pieces.push(piece);
      heldBytes += piece.length;
      sizeBytes += piece.length;
      if (heldBytes >= WRITE_BYTES) await hand();
    }
    if (heldBytes > 0) await hand();
  } finally {
    await writing.catch(() => {});
    await flushing.catch(() => {});
  }
  await writing;
  await flushing;
  return sizeBytes;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return [];
    throw blobStoreFailure(error);
  }
}

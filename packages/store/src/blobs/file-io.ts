import { close, fdatasync, fstat, fsync, open, read, writev } from "node:fs";
import { promisify } from "node:util";

/** Files by descriptor: the promise API's handles cost more than the calls they wrap. */
export const openFile: (path: string, flags: string | number, mode?: number) => Promise<number> =
  promisify(open);
export const closeFile: (descriptor: number) => Promise<void> = promisify(close);
export const syncFile: (descriptor: number) => Promise<void> = promisify(fsync);
export const syncData: (descriptor: number) => Promise<void> = promisify(fdatasync);

export function sizeOfFile(descriptor: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fstat(descriptor, (error, { size }) => (error === null ? resolve(size) : reject(error)));
  });
}

/** Bytes read into the front of `buffer`; fewer than asked for only at the end of the file. */
export async function readAt(
  descriptor: number,
  buffer: Buffer,
  sizeBytes: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < sizeBytes) {
    const got = await new Promise<number>((resolve, reject) => {
      read(descriptor, buffer, done, sizeBytes - done, position + done, (error, bytes) =>
        error === null ? resolve(bytes) : reject(error),
      );
    });
    if (got === 0) break;
    done += got;
  }
  return done;
}

/** Appends all of `pieces`, however many calls that takes. */
export async function writeAll(descriptor: number, pieces: readonly Uint8Array[]): Promise<void> {
  let left = pieces;
  while (left.length > 0) {
    const written = await new Promise<number>((resolve, reject) => {
      writev(descriptor, left, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
    });
    left = after(left, written);
  }
}

function after(pieces: readonly Uint8Array[], sizeBytes: number): readonly Uint8Array[] {
  let skip = sizeBytes;
  for (const [at, piece] of pieces.entries()) {
    if (skip < piece.length) return [piece.subarray(skip), ...pieces.slice(at + 1)];
    skip -= piece.length;
  }
  return [];
}

/** Makes the entries of a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const descriptor = await openFile(path, "r");
  try {
    await syncFile(descriptor);
  } finally {
    await closeFile(descriptor);
  }
}

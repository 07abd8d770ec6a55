import { type FileHandle, open } from "node:fs/promises";
import { damaged } from "../import-error.ts";
import { restoreDataShards } from "./reed-solomon.ts";
import type { ErasureLayout } from "./xl-meta.ts";

/** One shard of a part: a file on its drive, or the bytes from its `xl.meta`. */
export type ShardPlace = { readonly path: string } | { readonly inline: Buffer };

/** Each piece of a shard follows its own HighwayHash-256. */
const DIGEST_BYTES = 32;

/**
 * The stored bytes of one part, joined from its shards: `shards[i]` is shard `i`, null where its drive is missing. Of what is
 * encrypted the tags tell what is damaged, of the rest the ETag does, so the shards' digests are passed over.
 */
export async function* readStoredPart(
  shards: readonly (ShardPlace | null)[],
  { dataShards, blockSizeBytes }: ErasureLayout,
  storedBytes: number,
): AsyncGenerator<Buffer> {
  const readers = await openShards(shards, dataShards);
  try {
    for (let done = 0; done < storedBytes; done += blockSizeBytes) {
      const blockBytes = Math.min(blockSizeBytes, storedBytes - done);
      const pieceBytes = Math.ceil(blockBytes / dataShards);
      const pieces: (Uint8Array | null)[] = [];
      for (const reader of readers) pieces.push(reader === null ? null : await reader.next(pieceBytes));
      yield Buffer.concat(restoreDataShards(pieces, dataShards), blockBytes);
    }
  } finally {
    for (const reader of readers) await reader?.close();
  }
}

/** Opens as many as are needed, data shards first. A file that is missing counts as a missing drive. */
async function openShards(
  shards: readonly (ShardPlace | null)[],
  dataShards: number,
): Promise<readonly (ShardReader | null)[]> {
  let opened = 0;
  const readers: (ShardReader | null)[] = [];
  for (const shard of shards) {
    const reader = shard === null || opened === dataShards ? null : await openShard(shard);
    if (reader !== null) opened++;
    readers.push(reader);
  }
  return readers;
}

async function openShard(shard: ShardPlace): Promise<ShardReader | null> {
  if ("inline" in shard) return new ShardReader(shard.inline, null);
  try {
    return new ShardReader(null, await open(shard.path));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

class ShardReader {
  readonly #inline: Buffer | null;
  readonly #file: FileHandle | null;
  #offset = 0;

  constructor(inline: Buffer | null, file: FileHandle | null) {
    this.#inline = inline;
    this.#file = file;
  }

  async next(pieceBytes: number): Promise<Buffer> {
    const offset = this.#offset + DIGEST_BYTES;
    this.#offset = offset + pieceBytes;
    const piece =
      this.#file === null
        ? (this.#inline ?? Buffer.alloc(0)).subarray(offset, offset + pieceBytes)
        : await readAt(this.#file, offset, pieceBytes);
    if (piece.length !== pieceBytes) throw damaged("a shard is cut off");
    return piece;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

async function readAt(file: FileHandle, offset: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await file.read(bytes, filled, sizeBytes - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

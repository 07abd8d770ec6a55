import { statSync } from "node:fs";
import { relative } from "node:path";
import { filesBelow } from "../harness/scratch-folder.ts";
import type { Mutation, Piece, RecordChange } from "./mutation.ts";

const CHUNK_BYTES = 65_536 + 16;

/** Files that hold what was stored or opens it, without locks and what is public. */
export function storedFiles(dataDir: string): { file: string; sizeBytes: number }[] {
  return filesBelow(dataDir)
    .map((path) => ({ file: relative(dataDir, path), sizeBytes: statSync(path).size }))
    .filter(({ file }) => /^(blobs\/|keys\/|root\.json$|index\/index\.mdb$)/.test(file));
}

export const blobFiles = (dataDir: string): { file: string; sizeBytes: number }[] =>
  storedFiles(dataDir).filter(({ file }) => file.startsWith("blobs/"));

export function* flipsOf(file: string, offsets: Iterable<number>): Generator<Mutation> {
  for (const offset of offsets) yield { kind: "flip", file, offset, mask: 1 << (offset % 8) };
}

/** The head and each border between chunks whole, and so many bytes between. */
export function sampledOffsets(sizeBytes: number, headBytes: number, between: number): number[] {
  const offsets = new Set<number>();
  const add = (from: number, to: number): void => {
    for (let at = Math.max(0, from); at < Math.min(sizeBytes, to); at++) offsets.add(at);
  };
  add(0, headBytes);
  add(sizeBytes - 40, sizeBytes);
  for (const border of chunkBorders(sizeBytes)) add(border - 20, border + 20);
  for (let index = 0; index < between; index++)
    offsets.add(Math.floor(((index + 0.5) * sizeBytes) / between));
  return [...offsets].sort((a, b) => a - b);
}

/** Where chunks begin, counted so that the last one may be short; the head is what is left before the first. */
export function chunkBorders(sizeBytes: number, plaintextBytes = Number.NaN): number[] {
  const whole = Number.isNaN(plaintextBytes)
    ? Math.floor(sizeBytes / CHUNK_BYTES)
    : Math.floor(plaintextBytes / 65_536);
  const rest = Number.isNaN(plaintextBytes) ? 0 : plaintextBytes % 65_536;
  const body = whole * CHUNK_BYTES + (rest === 0 ? 0 : rest + 16);
  const head = Number.isNaN(plaintextBytes) ? sizeBytes % CHUNK_BYTES : sizeBytes - body;
  return Array.from({ length: whole + 1 }, (_, index) => head + index * CHUNK_BYTES);
}

interface BlobPieces {
  readonly head: Piece;
  readonly chunks: readonly Piece[];
  readonly borders: readonly number[];
  splice(pieces: readonly Piece[]): Mutation;
}

function piecesOf(file: string, sizeBytes: number, plaintextBytes: number): BlobPieces {
  const borders = [...chunkBorders(sizeBytes, plaintextBytes), sizeBytes].filter(
    (at, index, all) => at !== all[index - 1],
  );
  const head: Piece = { file, start: 0, end: borders[0] ?? 0 };
  const chunks = borders.slice(1).map((end, index): Piece => ({ file, start: borders[index] ?? 0, end }));
  return { head, chunks, borders, splice: (pieces) => ({ kind: "splice", file, pieces: [head, ...pieces] }) };
}

/** Each chunk replaced by the one at its place in another blob, the last one or not; and the head. */
export function* foreignChunks(
  first: string,
  second: string,
  sizeBytes: number,
  plaintextBytes: number,
): Generator<Mutation> {
  const { head, chunks, splice } = piecesOf(first, sizeBytes, plaintextBytes);
  for (const [index, chunk] of chunks.entries()) yield splice(chunks.with(index, { ...chunk, file: second }));
  yield { kind: "splice", file: first, pieces: [{ ...head, file: second }, ...chunks] };
}

/** Chunks swapped, dropped, repeated, cut and appended within and between two blobs of `plaintextBytes` each. */
export function* chunkMutations(
  first: string,
  second: string,
  sizeBytes: number,
  plaintextBytes: number,
): Generator<Mutation> {
  const { chunks, borders, splice } = piecesOf(first, sizeBytes, plaintextBytes);
  for (const [index, chunk] of chunks.entries()) {
    yield splice(chunks.toSpliced(index, 1));
    if (index < chunks.length - 1) yield splice(chunks.toSpliced(index, 0, chunk));
    yield splice(chunks.slice(0, index));
    for (const [other, otherChunk] of chunks.entries())
      if (other > index) yield splice(chunks.with(index, otherChunk).with(other, chunk));
  }
  yield* foreignChunks(first, second, sizeBytes, plaintextBytes);
  yield { kind: "splice", file: first, pieces: chunks };
  for (const cut of [0, 1, 16, 17, sizeBytes - 1, ...borders, ...borders.map((at) => at + 1)])
    if (cut < sizeBytes) yield { kind: "truncate", file: first, sizeBytes: cut };
}

/** The whole blob, and then more. */
export function* appendedMutations(first: string, second: string, sizeBytes: number): Generator<Mutation> {
  const whole: Piece = { file: first, start: 0, end: sizeBytes };
  for (const more of [1, 16, 100, CHUNK_BYTES, sizeBytes])
    for (const file of [first, second])
      yield {
        kind: "splice",
        file: first,
        pieces: [whole, { file, start: sizeBytes - more, end: sizeBytes }],
      };
}

/** Every pair of blobs exchanged, every blob removed or emptied. */
export function* wholeBlobMutations(files: readonly string[]): Generator<Mutation> {
  for (const [index, file] of files.entries()) {
    yield { kind: "remove", file };
    yield { kind: "truncate", file, sizeBytes: 0 };
    for (const other of files.slice(index + 1)) yield { kind: "exchange", file, other };
  }
}

/** Records of the index's own store: exchanged, copied over, deleted, cut, lengthened, put back to an earlier state. */
export function* recordMutations(
  database: "pages" | "payloads",
  records: ReadonlyMap<string, Buffer>,
  earlier: ReadonlyMap<string, Buffer>,
): Generator<Mutation> {
  const change = (record: RecordChange): Mutation => ({ kind: "records", database, change: record });
  const names = [...records.keys()];
  for (const [index, name] of names.entries()) {
    const value = records.get(name) ?? Buffer.alloc(0);
    yield change({ kind: "delete", name });
    for (const cut of [0, 1, 16, value.length - 1])
      if (cut >= 0 && cut < value.length)
        yield change({ kind: "set", name, value: value.subarray(0, cut).toString("hex") });
    yield change({ kind: "set", name, value: `${value.toString("hex")}00` });
    for (const other of names.slice(index + 1)) {
      yield change({ kind: "exchange", name, other });
      yield change({ kind: "copy", name, from: other });
      yield change({ kind: "copy", name: other, from: name });
    }
    const before = earlier.get(name);
    if (before !== undefined && !before.equals(value))
      yield change({ kind: "set", name, value: before.toString("hex") });
  }
}

import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";

/** One thing an enemy with the disk in hand may do. Paths are relative to the data folder. */
export type Mutation =
  | {
      readonly kind: "flip";
      readonly file: string;
      readonly offset: number;
      readonly mask: number;
      readonly length?: number;
    }
  | { readonly kind: "splice"; readonly file: string; readonly pieces: readonly Piece[] }
  | { readonly kind: "truncate"; readonly file: string; readonly sizeBytes: number }
  | { readonly kind: "remove"; readonly file: string }
  | { readonly kind: "exchange"; readonly file: string; readonly other: string }
  | { readonly kind: "records"; readonly database: "pages" | "payloads"; readonly change: RecordChange };

/** A stretch of a file as it was before. */
export interface Piece {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Names are hex. */
export type RecordChange =
  | { readonly kind: "exchange"; readonly name: string; readonly other: string }
  | { readonly kind: "copy"; readonly name: string; readonly from: string }
  | { readonly kind: "delete"; readonly name: string }
  | { readonly kind: "set"; readonly name: string; readonly value: string }
  | { readonly kind: "flip"; readonly name: string; readonly offset: number; readonly mask: number };

export async function applyMutation(dataDir: string, mutation: Mutation): Promise<void> {
  if (mutation.kind === "records") return changeRecord(dataDir, mutation.database, mutation.change);
  const path = join(dataDir, mutation.file);
  switch (mutation.kind) {
    case "flip": {
      const bytes = readFileSync(path);
      for (let at = mutation.offset; at < mutation.offset + (mutation.length ?? 1) && at < bytes.length; at++)
        bytes[at] = (bytes[at] ?? 0) ^ mutation.mask;
      writeFileSync(path, bytes);
      return;
    }
    case "splice":
      writeFileSync(
        path,
        Buffer.concat(
          mutation.pieces.map((piece) =>
            readFileSync(join(dataDir, piece.file)).subarray(piece.start, piece.end),
          ),
        ),
      );
      return;
    case "truncate":
      truncateSync(path, mutation.sizeBytes);
      return;
    case "remove":
      rmSync(path);
      return;
    case "exchange": {
      const other = join(dataDir, mutation.other);
      const bytes = readFileSync(path);
      writeFileSync(path, readFileSync(other));
      writeFileSync(other, bytes);
    }
  }
}

/** Pages and payloads as they lie in LMDB, by their names in hex. */
export async function readRecords(
  dataDir: string,
  database: "pages" | "payloads",
): Promise<Map<string, Buffer>> {
  return withDatabase(dataDir, database, (records) => {
    const found = new Map<string, Buffer>();
    for (const { key, value } of records.getRange({}))
      found.set(Buffer.from(key).toString("hex"), Buffer.from(value));
    return found;
  });
}

async function changeRecord(
  dataDir: string,
  database: "pages" | "payloads",
  change: RecordChange,
): Promise<void> {
  await withDatabase(dataDir, database, async (records) => {
    const read = (name: string): Buffer => Buffer.from(records.get(Buffer.from(name, "hex")) ?? []);
    const write = (name: string, value: Buffer) => records.put(Buffer.from(name, "hex"), value);
    const { name } = change;
    switch (change.kind) {
      case "exchange": {
        const value = read(name);
        await write(name, read(change.other));
        await write(change.other, value);
        return;
      }
      case "copy":
        await write(name, read(change.from));
        return;
      case "delete":
        await records.remove(Buffer.from(name, "hex"));
        return;
      case "set":
        await write(name, Buffer.from(change.value, "hex"));
        return;
      case "flip": {
        const value = read(name);
        value[change.offset] = (value[change.offset] ?? 0) ^ change.mask;
        await write(name, value);
      }
    }
  });
}

async function withDatabase<Result>(
  dataDir: string,
  name: "pages" | "payloads",
  use: (records: ReturnType<typeof openRecords>) => Result | Promise<Result>,
): Promise<Result> {
  const root = openRoot(dataDir);
  try {
    return await use(openRecords(root, name));
  } finally {
    await root.close();
  }
}

const openRoot = (dataDir: string) =>
  open<Buffer, Buffer>({
    path: join(dataDir, "index", "index.mdb"),
    noSubdir: true,
    encoding: "binary",
    keyEncoding: "binary",
    maxDbs: 2,
    maxReaders: 1024,
    pageSize: 8192,
  });

const openRecords = (root: ReturnType<typeof openRoot>, name: string) =>
  root.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding: "binary" });

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { damaged, ImportError } from "../import-error.ts";
import type { ShardPlace } from "./stored-part.ts";
import { parseXlMeta, type XlMeta, type XlObject } from "./xl-meta.ts";

const META_FILE = "xl.meta";
/** An object whose key ends with a slash. */
const SLASH_SUFFIX = "__XLDIR__";
/** Versions of one object are kept in one file: 10,000 of them fit many times. */
const MAX_META_BYTES = 256 << 20;

/** What the drives say of one object. */
export interface ObjectFolder {
  readonly meta: XlMeta;
  /** Each drive that agrees, with its own copy. */
  readonly copies: readonly { readonly folder: string; readonly meta: XlMeta }[];
}

/** Reads the object at `path` on all drives; null where there is none. The copy that most drives hold counts. */
export async function findObjectFolder(
  drives: readonly string[],
  path: string,
): Promise<ObjectFolder | null> {
  const copies: { folder: string; meta: XlMeta; says: string }[] = [];
  let failure: unknown = null;
  let isThere = false;
  for (const drive of drives) {
    const folder = join(drive, path);
    const bytes = await readIfThere(join(folder, META_FILE));
    if (bytes === null) continue;
    isThere = true;
    try {
      const meta = parseXlMeta(bytes);
      const says = meta.versions.map((version) => `${version.versionId} ${version.modifiedMs}`).join();
      copies.push({ folder, meta, says });
    } catch (error) {
      failure ??= error;
    }
  }
  if (!isThere) return null;
  const votes = Map.groupBy(copies, ({ says }) => says);
  const [agreed] = [...votes.values()].sort((a, b) => b.length - a.length);
  const first = agreed?.[0];
  if (agreed === undefined || first === undefined)
    throw failure instanceof ImportError ? failure : damaged("xl.meta cannot be read", failure);
  return { meta: first.meta, copies: agreed };
}

/** Where each shard of a part is, by its number from 0. */
export function shardsOf(
  folder: ObjectFolder,
  version: XlObject,
  partNumber: number,
): readonly (ShardPlace | null)[] {
  const { dataShards, parityShards } = version.erasure;
  const shards: (ShardPlace | null)[] = Array.from({ length: dataShards + parityShards }, () => null);
  for (const copy of folder.copies) {
    const same = copy.meta.versions.find(({ versionId }) => versionId === version.versionId);
    if (same?.kind !== "object") continue;
    const inline = copy.meta.inline.get(version.versionId ?? "null");
    shards[same.erasure.shard - 1] =
      inline === undefined ? { path: join(copy.folder, same.dataFolder, `part.${partNumber}`) } : { inline };
  }
  return shards;
}

/** One place in a bucket that may hold an object, keys in the order of their UTF-8 bytes. */
export interface WalkedObject {
  readonly objectKey: string;
  /** Below a drive, with the bucket. */
  readonly path: string;
}

/** Walks a bucket on all drives at once. Folders that cannot hold keys of `prefix` are passed over. */
export async function* walkObjects(
  drives: readonly string[],
  bucket: string,
  prefix: string,
  parent = "",
): AsyncGenerator<WalkedObject> {
  const names = await folderNames(drives.map((drive) => join(drive, bucket, parent)));
  const places = names
    .flatMap((name) => {
      const key = `${parent}${name}`;
      if (name.endsWith(SLASH_SUFFIX)) {
        const objectKey = `${key.slice(0, -SLASH_SUFFIX.length)}/`;
        return [{ objectKey, path: join(bucket, key), below: null }];
      }
      return [
        { objectKey: key, path: join(bucket, key), below: null },
        { objectKey: `${key}/`, path: "", below: `${key}/` },
      ];
    })
    // An object `a/` and what lies below it have one place: the object goes first.
    .map((place) => ({ ...place, order: Buffer.from(place.objectKey) }))
    .sort((a, b) => Buffer.compare(a.order, b.order) || Number(a.below !== null) - Number(b.below !== null));
  for (const { objectKey, path, below } of places) {
    if (below !== null) {
      if (below.startsWith(prefix) || prefix.startsWith(below))
        yield* walkObjects(drives, bucket, prefix, below);
    } else if (objectKey.startsWith(prefix)) yield { objectKey, path };
  }
}

/** Names of all folders in these folders, each once. */
export async function folderNames(folders: readonly string[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const folder of folders) {
    try {
      for (const entry of await readdir(folder, { withFileTypes: true }))
        if (entry.isDirectory()) names.add(entry.name);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return [...names];
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    if ((await stat(path)).size > MAX_META_BYTES)
      throw damaged("xl.meta is longer than any that MinIO writes");
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

import type { Engine } from "./engine.ts";
import { freePart } from "./multipart/upload-part.ts";
import { ChainChange, commitChange } from "./objects/version-chain.ts";
import { blobReferenceKey, garbageKey, garbageRange, partKey, partRange, successor } from "./record-keys.ts";
import { decodeGarbage, decodePart } from "./records.ts";

const PARTS_AT_ONCE = 200;
const GARBAGE_AT_ONCE = 100;
const BLOBS_AT_ONCE = 500;

export interface SweepResult {
  readonly uploadsCleared: number;
  readonly blobsChecked: number;
  readonly blobsRemoved: number;
}

/**
 * Removes what no record refers to: blobs of writers that died before their commit, and parts that were waiting.
 * Safe beside live writers: the blob store lists only what dead ones left.
 */
export async function sweep(engine: Engine): Promise<SweepResult> {
  const uploadsCleared = await collectAllGarbage(engine);
  let blobsChecked = 0;
  let blobsRemoved = 0;
  let suspects: string[] = [];
  for await (const id of engine.blobs.list()) {
    blobsChecked++;
    if (await isReferenced(engine, id)) continue;
    suspects.push(id);
    if (suspects.length < BLOBS_AT_ONCE) continue;
    blobsRemoved += await removeUnreferenced(engine, suspects);
    suspects = [];
  }
  blobsRemoved += await removeUnreferenced(engine, suspects);
  return { uploadsCleared, blobsChecked, blobsRemoved };
}

const isReferenced = async ({ index }: Engine, id: string): Promise<boolean> =>
  (await index.get(blobReferenceKey(id))) !== null;

/**
 * Of blobs whose writers were dead before this was called. What such a writer committed in its last moment may show only
 * after another commit (see `Index`): an empty one settles it, and what is not referenced then never will be.
 */
async function removeUnreferenced(engine: Engine, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  await engine.index.commit({});
  let removed = 0;
  for (const id of ids) {
    if (await isReferenced(engine, id)) continue;
    await engine.blobs.delete(id);
    removed++;
  }
  return removed;
}

/** Clears every garbage record whose grace is over; returns how many. */
export async function collectAllGarbage(engine: Engine): Promise<number> {
  const { from, to } = garbageRange();
  let cleared = 0;
  let cursor = from;
  for (;;) {
    const page = await engine.index.list({ from: cursor, to, limit: GARBAGE_AT_ONCE });
    for (const stored of page) {
      const { sinceMs } = decodeGarbage(stored.value);
      if (sinceMs + engine.limits.partGraceMs > engine.clock.nowMs()) continue;
      await collectGarbage(engine, stored.key.toString("hex", 2));
      cleared++;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < GARBAGE_AT_ONCE) return cleared;
    cursor = successor(last.key);
  }
}

/** Removes the waiting parts of one uid, a few hundred a commit, and then the record of them. */
export async function collectGarbage(engine: Engine, uid: string): Promise<void> {
  const stored = await engine.index.get(garbageKey(uid));
  if (stored === null) return;
  const { partNumbers } = decodeGarbage(stored.value);
  if (partNumbers === null) await removeAllParts(engine, uid);
  else {
    for (let at = 0; at < partNumbers.length; at += PARTS_AT_ONCE) {
      const keys = partNumbers.slice(at, at + PARTS_AT_ONCE).map((number) => partKey(uid, number));
      const found = await Promise.all(keys.map((key) => engine.index.get(key)));
      await removeParts(
        engine,
        found.filter((part) => part !== null),
      );
    }
  }
  await engine.index.commit({ deletes: [garbageKey(uid)] });
}

async function removeAllParts(engine: Engine, uid: string): Promise<void> {
  const { from, to } = partRange(uid, -1);
  for (;;) {
    const page = await engine.index.list({ from, to, limit: PARTS_AT_ONCE });
    if (page.length === 0) return;
    await removeParts(engine, page);
  }
}

async function removeParts(
  engine: Engine,
  parts: readonly { readonly key: Buffer; readonly value: Buffer }[],
): Promise<void> {
  const change = new ChainChange();
  for (const part of parts) {
    change.deletes.push(part.key);
    freePart(change, decodePart(part.value));
  }
  await commitChange(engine, change);
}

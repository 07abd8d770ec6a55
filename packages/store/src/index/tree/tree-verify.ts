import { IndexIntegrityError } from "../index-port.ts";
import { branchItems } from "./branch-page.ts";
import { entryAt, keyOf, type StoredValue, storedValueOf } from "./leaf-page.ts";
import { countOf } from "./page-layout.ts";
import type { PageReader } from "./page-reader.ts";
import type { PageId, PageRef } from "./page-store.ts";
import type { Superblock } from "./superblock.ts";

export interface TreeReport {
  readonly commits: number;
  readonly height: number;
  readonly branches: number;
  readonly leaves: number;
  readonly records: number;
  readonly outOfLineValues: number;
  /** Plaintext bytes of all pages: with the counts, how full they are. */
  readonly pageBytes: number;
  /** Every page and value the root record leads to. */
  readonly reachable: ReadonlySet<PageId>;
}

/** A stretch of keys whose records cannot be had: their page, or the value of the one key, fails authentication. */
export interface DamagedRange {
  readonly from: Buffer;
  /** null: to the end of the index. */
  readonly to: Buffer | null;
  readonly message: string;
}

interface Tally {
  branches: number;
  leaves: number;
  records: number;
  outOfLineValues: number;
  pageBytes: number;
  readonly reachable: Set<PageId>;
}

/**
 * Walks a whole tree: every tag, every order, every bound, every value and the count of records. `reader` must be
 * without a cache, over one snapshot; `pause` is awaited after each page. With `damage`, what is damaged is added to
 * it and the walk goes on beside it; without, it throws `IndexIntegrityError`.
 */
export async function verifyTree(
  reader: PageReader,
  superblock: Superblock,
  pause: () => Promise<void>,
  damage: DamagedRange[] | null = null,
): Promise<TreeReport> {
  const tally: Tally = {
    branches: 0,
    leaves: 0,
    records: 0,
    outOfLineValues: 0,
    pageBytes: 0,
    reachable: new Set(),
  };
  if (superblock.root !== null) {
    const walk = { reader, tally, pause, nextId: superblock.nextId, damage };
    await visitPage(walk, superblock.root, superblock.height - 1, Buffer.alloc(0), null);
  }
  if ((damage === null || damage.length === 0) && tally.records !== superblock.records) {
    throw new IndexIntegrityError("the index does not hold as many records as its root record says");
  }
  return { ...tally, commits: superblock.commits, height: superblock.height };
}

interface Walk {
  readonly reader: PageReader;
  readonly tally: Tally;
  readonly pause: () => Promise<void>;
  readonly nextId: PageId;
  readonly damage: DamagedRange[] | null;
}

async function visitPage(
  walk: Walk,
  ref: PageRef,
  level: number,
  lowKey: Buffer,
  highKey: Buffer | null,
): Promise<void> {
  try {
    await verifyPage(walk, ref, level, lowKey, highKey);
  } catch (error) {
    noteDamage(walk, lowKey, highKey, error);
  }
}

function noteDamage({ damage }: Walk, from: Buffer, to: Buffer | null, error: unknown): void {
  if (damage === null || !(error instanceof IndexIntegrityError)) throw error;
  damage.push({ from: Buffer.from(from), to: to === null ? null : Buffer.from(to), message: error.message });
}

async function verifyPage(
  walk: Walk,
  ref: PageRef,
  level: number,
  lowKey: Buffer,
  highKey: Buffer | null,
): Promise<void> {
  reach(walk, ref.id);
  const page = walk.reader.page(ref.id, ref.tag, level);
  walk.tally.pageBytes += page.length;
  await walk.pause();
  if (level === 0) return verifyLeaf(walk, page, lowKey, highKey);
  walk.tally.branches++;
  const items = branchItems(page, lowKey);
  requireOrder(
    items.map((item) => item.lowKey),
    lowKey,
    highKey,
  );
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    if (item === undefined) continue;
    await visitPage(walk, item.ref, level - 1, item.lowKey, items[at + 1]?.lowKey ?? highKey);
  }
}

function verifyLeaf(walk: Walk, page: Buffer, lowKey: Buffer, highKey: Buffer | null): void {
  const entries = Array.from({ length: countOf(page) }, (_, at) => entryAt(page, at));
  requireOrder(entries.map(keyOf), lowKey, highKey);
  walk.tally.leaves++;
  walk.tally.records += entries.length;
  for (const entry of entries) {
    try {
      verifyValue(walk, storedValueOf(entry));
    } catch (error) {
      const key = Buffer.from(keyOf(entry));
      noteDamage(walk, key, Buffer.concat([key, Buffer.of(0)]), error);
    }
  }
}

function verifyValue(walk: Walk, stored: StoredValue): void {
  if ("inline" in stored) return;
  reach(walk, stored.outOfLine.id);
  walk.tally.outOfLineValues++;
  if (walk.reader.value(stored).length !== stored.sizeBytes) {
    throw new IndexIntegrityError(
      `value ${stored.outOfLine.id} of the index has another size than its entry says`,
    );
  }
}

function reach(walk: Walk, id: PageId): void {
  if (id >= walk.nextId || walk.tally.reachable.has(id)) {
    throw new IndexIntegrityError(`page or value ${id} of the index is reached twice or was never given out`);
  }
  walk.tally.reachable.add(id);
}

function requireOrder(keys: readonly Buffer[], lowKey: Buffer, highKey: Buffer | null): void {
  let previous: Buffer | null = null;
  for (const key of keys) {
    const isInOrder =
      previous === null ? Buffer.compare(lowKey, key) <= 0 : Buffer.compare(previous, key) < 0;
    if (!isInOrder) throw new IndexIntegrityError("a page of the index has keys out of order");
    previous = key;
  }
  if (previous !== null && highKey !== null && Buffer.compare(previous, highKey) >= 0) {
    throw new IndexIntegrityError("a page of the index has keys beyond its bounds");
  }
}

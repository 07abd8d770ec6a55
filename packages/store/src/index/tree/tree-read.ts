import { childFor, childRef, compareLowKey } from "./branch-page.ts";
import { compareEntry, type EntrySlice, entryAt, lowerBound } from "./leaf-page.ts";
import { countOf } from "./page-layout.ts";
import type { PageReader } from "./page-reader.ts";
import type { PageRef } from "./page-store.ts";
import type { Superblock } from "./superblock.ts";

/** The entry of `key` in the state that `superblock` names, or null. A view into a shared page. */
export function findEntry(reader: PageReader, superblock: Superblock, key: Uint8Array): EntrySlice | null {
  let ref = superblock.root;
  if (ref === null) return null;
  for (let level = superblock.height - 1; level > 0; level--) {
    const page = reader.page(ref.id, ref.tag, level);
    const count = countOf(page);
    ref = childRef(page, count, childFor(page, count, key));
  }
  const leaf = reader.page(ref.id, ref.tag, 0);
  const count = countOf(leaf);
  const at = lowerBound(leaf, count, key);
  return at < count && compareEntry(leaf, at, key) === 0 ? entryAt(leaf, at) : null;
}

export interface Scan {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly reverse: boolean;
  /** Called in order for each entry with `from <= key < to`; false ends the scan. */
  readonly visit: (entry: EntrySlice) => boolean;
}

export function scanEntries(reader: PageReader, superblock: Superblock, scan: Scan): void {
  if (superblock.root === null || Buffer.compare(scan.from, scan.to) >= 0) return;
  const walk = scan.reverse ? walkDown : walkUp;
  walk(reader, superblock.root, superblock.height - 1, scan);
}

function walkUp(reader: PageReader, ref: PageRef, level: number, scan: Scan): boolean {
  const page = reader.page(ref.id, ref.tag, level);
  const count = countOf(page);
  if (level === 0) {
    for (let at = lowerBound(page, count, scan.from); at < count; at++) {
      if (compareEntry(page, at, scan.to) >= 0) return false;
      if (!scan.visit(entryAt(page, at))) return false;
    }
    return true;
  }
  const first = childFor(page, count, scan.from);
  for (let at = first; at < count; at++) {
    if (at > first && compareLowKey(page, at, scan.to) >= 0) return false;
    if (!walkUp(reader, childRef(page, count, at), level - 1, scan)) return false;
  }
  return true;
}

function walkDown(reader: PageReader, ref: PageRef, level: number, scan: Scan): boolean {
  const page = reader.page(ref.id, ref.tag, level);
  const count = countOf(page);
  if (level === 0) {
    for (let at = lowerBound(page, count, scan.to) - 1; at >= 0; at--) {
      if (compareEntry(page, at, scan.from) < 0) return false;
      if (!scan.visit(entryAt(page, at))) return false;
    }
    return true;
  }
  for (let at = childFor(page, count, scan.to); at >= 0; at--) {
    if (!walkDown(reader, childRef(page, count, at), level - 1, scan)) return false;
    // Everything left of this child is smaller than its low key.
    if (at > 0 && compareLowKey(page, at, scan.from) <= 0) return false;
  }
  return true;
}

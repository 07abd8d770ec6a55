import { compareAt, countOf, KIND_BRANCH, offsetAt, PAGE_HEAD_BYTES, startPage } from "./page-layout.ts";
import { TAG_BYTES } from "./page-sealer.ts";
import type { PageId, PageRef } from "./page-store.ts";

/** Child page id (6) ‖ child's tag (16). */
export const REF_BYTES = 6 + TAG_BYTES;
const ITEM_BYTES = 2 + REF_BYTES;

/** A child as its parent knows it. Every key below it is at least `lowKey`. */
export interface BranchItem {
  readonly lowKey: Buffer;
  readonly ref: PageRef;
}

/** The first child's low key is the branch's own, known to its parent, and is left empty here. */
export function encodeBranch(level: number, items: readonly BranchItem[]): Buffer {
  const page = startPage(KIND_BRANCH, level, items.length, branchSize(items));
  let keyAt = PAGE_HEAD_BYTES + ITEM_BYTES * items.length;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item === undefined) continue;
    page.writeUInt16BE(keyAt, PAGE_HEAD_BYTES + 2 * index);
    const refAt = refOffset(items.length, index);
    page.writeUIntBE(item.ref.id, refAt, 6);
    item.ref.tag.copy(page, refAt + 6);
    if (index > 0) keyAt += item.lowKey.copy(page, keyAt);
  }
  return page;
}

export function branchSize(items: readonly BranchItem[]): number {
  let sizeBytes = PAGE_HEAD_BYTES + ITEM_BYTES * items.length;
  for (let index = 1; index < items.length; index++) sizeBytes += items[index]?.lowKey.length ?? 0;
  return sizeBytes;
}

export function branchItems(page: Buffer, lowKey: Buffer): BranchItem[] {
  const items: BranchItem[] = [];
  const count = countOf(page);
  for (let index = 0; index < count; index++) {
    const key = index === 0 ? lowKey : page.subarray(offsetAt(page, index), offsetAt(page, index + 1));
    items.push({ lowKey: key, ref: childRef(page, count, index) });
  }
  return items;
}

/** Views into the page: valid as long as it is. */
export function childRef(page: Buffer, count: number, index: number): PageRef {
  return {
    id: childId(page, count, index),
    tag: page.subarray(tagOffset(count, index), tagOffset(count, index) + TAG_BYTES),
  };
}

export function childId(page: Buffer, count: number, index: number): PageId {
  return page.readUIntBE(refOffset(count, index), 6);
}

export function tagOffset(count: number, index: number): number {
  return refOffset(count, index) + 6;
}

/** A copy of `page` in which one child has a new tag. `page` must be the caller's own. */
export function setChildTag(page: Buffer, count: number, index: number, tag: Buffer): void {
  tag.copy(page, tagOffset(count, index));
}

/** The child under which `key` lies: the last whose low key is not greater. */
export function childFor(page: Buffer, count: number, key: Uint8Array): number {
  let low = 1;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareLowKey(page, middle, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The low key of child `index` (not the first) against `key`. */
export function compareLowKey(page: Buffer, index: number, key: Uint8Array): number {
  return compareAt(page, offsetAt(page, index), offsetAt(page, index + 1), key);
}

function refOffset(count: number, index: number): number {
  return PAGE_HEAD_BYTES + 2 * count + REF_BYTES * index;
}

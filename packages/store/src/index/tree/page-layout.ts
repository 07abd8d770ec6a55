import { IndexIntegrityError } from "../index-port.ts";

/** Both kinds of page: kind (1) ‖ level (1) ‖ count (2) ‖ count offsets (2 each) ‖ body. */
export const PAGE_HEAD_BYTES = 4;
export const KIND_LEAF = 1;
export const KIND_BRANCH = 2;
/** Offsets have two bytes. */
export const MAX_PAGE_BYTES = 0xffff;

export function startPage(kind: number, level: number, count: number, sizeBytes: number): Buffer {
  if (sizeBytes > MAX_PAGE_BYTES) throw new RangeError("a page of the index would be over its limit");
  // Not from the shared pool: pages are kept in a cache that counts their bytes.
  const page = Buffer.allocUnsafeSlow(sizeBytes);
  page[0] = kind;
  page[1] = level;
  page.writeUInt16BE(count, 2);
  return page;
}

export function countOf(page: Buffer): number {
  return page.readUInt16BE(2);
}

export function levelOf(page: Buffer): number {
  return page[1] ?? 0;
}

/** Where item `index` starts; for `index === count`, the end of the page. */
export function offsetAt(page: Buffer, index: number): number {
  return index < countOf(page) ? page.readUInt16BE(PAGE_HEAD_BYTES + 2 * index) : page.length;
}

/** Checks the frame of a page that was authentic, so that no read of it can leave its bounds. */
export function requireWellFormed(page: Buffer, level: number, fixedBytesPerItem: number): void {
  const malformed = () => new IndexIntegrityError("a page of the index is malformed");
  if (page.length < PAGE_HEAD_BYTES || page.length > MAX_PAGE_BYTES) throw malformed();
  if (page[0] !== (level === 0 ? KIND_LEAF : KIND_BRANCH) || page[1] !== level) throw malformed();
  const count = countOf(page);
  let floor = PAGE_HEAD_BYTES + count * (2 + fixedBytesPerItem);
  if (count === 0) throw malformed();
  for (let index = 0; index < count; index++) {
    const offset = offsetAt(page, index);
    if (offset < floor || offset > page.length) throw malformed();
    floor = offset;
  }
}

/** `page[start, end)` against `key`, as unsigned bytes: negative, zero or positive. */
export function compareAt(page: Uint8Array, start: number, end: number, key: Uint8Array): number {
  const shared = Math.min(end - start, key.length);
  for (let at = 0; at < shared; at++) {
    const difference = (page[start + at] ?? 0) - (key[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return end - start - key.length;
}

/** The shortest key `s` with `left < s <= right`: all a branch needs to tell two neighbours apart. */
export function separatorOf(left: Uint8Array, right: Buffer): Buffer {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  return Buffer.from(right.subarray(0, at + 1));
}

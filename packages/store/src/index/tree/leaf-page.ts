import { compareAt, KIND_LEAF, offsetAt, PAGE_HEAD_BYTES, startPage } from "./page-layout.ts";
import { TAG_BYTES } from "./page-sealer.ts";
import type { PageRef } from "./page-store.ts";

/** key length (2) ‖ revision (6) ‖ value length with the out-of-line flag (4), before key and value. */
const ENTRY_HEAD_BYTES = 12;
const OUT_OF_LINE = 0x8000_0000;
export const OUT_OF_LINE_REF_BYTES = 6 + TAG_BYTES;

/** A run of encoded entries somewhere in a buffer. */
export interface EntrySlice {
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
}

export type StoredValue =
  | { readonly inline: Buffer }
  | { readonly outOfLine: PageRef; readonly sizeBytes: number };

export function encodeEntry(key: Uint8Array, revision: number, value: StoredValue): Buffer {
  const isInline = "inline" in value;
  const valueBytes = isInline ? value.inline.length : OUT_OF_LINE_REF_BYTES;
  const out = Buffer.allocUnsafe(ENTRY_HEAD_BYTES + key.length + valueBytes);
  out.writeUInt16BE(key.length, 0);
  out.writeUIntBE(revision, 2, 6);
  out.writeUInt32BE(isInline ? value.inline.length : (value.sizeBytes | OUT_OF_LINE) >>> 0, 8);
  out.set(key, ENTRY_HEAD_BYTES);
  const valueAt = ENTRY_HEAD_BYTES + key.length;
  if (isInline) out.set(value.inline, valueAt);
  else {
    out.writeUIntBE(value.outOfLine.id, valueAt, 6);
    out.set(value.outOfLine.tag, valueAt + 6);
  }
  return out;
}

/** A leaf of the given entries, which must be in ascending order of key. */
export function encodeLeaf(entries: readonly EntrySlice[]): Buffer {
  const page = startPage(KIND_LEAF, 0, entries.length, leafSize(entries));
  let at = PAGE_HEAD_BYTES + 2 * entries.length;
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    if (entry === undefined) continue;
    page.writeUInt16BE(at, PAGE_HEAD_BYTES + 2 * index);
    at += entry.source.copy(page, at, entry.start, entry.end);
  }
  return page;
}

export function leafSize(entries: readonly EntrySlice[]): number {
  let sizeBytes = PAGE_HEAD_BYTES + 2 * entries.length;
  for (const entry of entries) sizeBytes += entry.end - entry.start;
  return sizeBytes;
}

export function entryAt(page: Buffer, index: number): EntrySlice {
  return { source: page, start: offsetAt(page, index), end: offsetAt(page, index + 1) };
}

export function keyOf(entry: EntrySlice): Buffer {
  const keyAt = entry.start + ENTRY_HEAD_BYTES;
  return entry.source.subarray(keyAt, keyAt + entry.source.readUInt16BE(entry.start));
}

export function revisionOf(entry: EntrySlice): number {
  return entry.source.readUIntBE(entry.start + 2, 6);
}

export function storedValueOf(entry: EntrySlice): StoredValue {
  const { source, start, end } = entry;
  const valueAt = start + ENTRY_HEAD_BYTES + source.readUInt16BE(start);
  const size = source.readUInt32BE(start + 8);
  if ((size & OUT_OF_LINE) === 0) return { inline: source.subarray(valueAt, end) };
  const outOfLine = {
    id: source.readUIntBE(valueAt, 6),
    tag: source.subarray(valueAt + 6, valueAt + OUT_OF_LINE_REF_BYTES),
  };
  return { outOfLine, sizeBytes: size & ~OUT_OF_LINE };
}

/** The position of the first entry whose key is not smaller than `key`. */
export function lowerBound(page: Buffer, count: number, key: Uint8Array): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareEntry(page, middle, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The key of entry `index` against `key`: negative, zero or positive. */
export function compareEntry(page: Buffer, index: number, key: Uint8Array): number {
  const start = offsetAt(page, index);
  const keyAt = start + ENTRY_HEAD_BYTES;
  return compareAt(page, keyAt, keyAt + page.readUInt16BE(start), key);
}

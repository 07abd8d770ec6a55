// Ranges of plaintext on ciphertext. AES-CTR starts at any block, AES-CBC at any block whose predecessor is known.
import type { AlgorithmSuite } from "../format/algorithm-suites.ts";

const BLOCK = 16;

/** `bytes=first-last`, `bytes=first-` (last null) or `bytes=-count`, in bytes of plaintext. */
export type ByteRange =
  | { readonly first: number; readonly last: number | null }
  | { readonly suffixBytes: number };

/** Null for whatever is no single range: HTTP then sends the whole object. */
export function parseByteRange(header: string): ByteRange | null {
  const [, first = "", last = ""] = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header.trim()) ?? [];
  if (first === "") return last === "" ? null : { suffixBytes: Number(last) };
  if (last === "") return { first: Number(first), last: null };
  return Number(first) > Number(last) ? null : { first: Number(first), last: Number(last) };
}

/** What to ask S3 for: whole blocks around the range, one more before it, and what the end may need after it. */
export function fetchRange(range: ByteRange): string {
  if ("suffixBytes" in range) return `bytes=-${range.suffixBytes + 3 * BLOCK}`;
  const first = Math.max(0, range.first - (range.first % BLOCK) - BLOCK);
  if (range.last === null) return `bytes=${first}-`;
  return `bytes=${first}-${range.last + (BLOCK - (range.last % BLOCK)) + BLOCK}`;
}

/** `Content-Range: bytes first-last/total`, in bytes of ciphertext; null when it is not one. */
export function parseContentRange(
  header: string,
): { readonly first: number; readonly last: number; readonly total: number } | null {
  const [, first, last, total] = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(header) ?? [];
  if (first === undefined || last === undefined || total === undefined) return null;
  const range = { first: Number(first), last: Number(last), total: Number(total) };
  return range.first <= range.last && range.last < range.total ? range : null;
}

/** The range on a plaintext of that size, or null when it has none of it. `end` is the first byte after it. */
export function resolveRange(
  range: ByteRange,
  plaintextBytes: number,
): { readonly start: number; readonly end: number } | null {
  if ("suffixBytes" in range) {
    if (range.suffixBytes === 0 || plaintextBytes === 0) return null;
    return { start: Math.max(0, plaintextBytes - range.suffixBytes), end: plaintextBytes };
  }
  if (range.first >= plaintextBytes) return null;
  return { start: range.first, end: Math.min(plaintextBytes, (range.last ?? plaintextBytes) + 1) };
}

/** The most that the plaintext can have: AES-CBC's padding is known only at the end. */
export function longestPlaintext(suite: AlgorithmSuite, ciphertextBytes: number): number {
  return Math.max(0, ciphertextBytes - suite.tagBytes);
}

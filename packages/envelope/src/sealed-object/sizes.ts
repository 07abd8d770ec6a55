import { EnvelopeError } from "../envelope-error.ts";

/** Closed-form sizes of format 1 (docs/format/sealed-object.md §5). All sizes and offsets are bytes. */
export const HEADER_SIZE_BYTES = 72;
export const CHUNK_SIZE_LOG2 = 16;
export const CHUNK_SIZE_BYTES = 2 ** CHUNK_SIZE_LOG2;
export const TAG_SIZE_BYTES = 16;
export const SEALED_CHUNK_SIZE_BYTES = CHUNK_SIZE_BYTES + TAG_SIZE_BYTES;
/** One key seals at most 2^32 chunks: NIST SP 800-38D §8.3, and the width of the counter. */
export const MAX_CHUNKS = 2 ** 32;
export const MAX_PLAINTEXT_SIZE_BYTES = MAX_CHUNKS * CHUNK_SIZE_BYTES;

/** Half-open: `start <= offset < end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What to read of a sealed object, and how to open it, to get one plaintext range. */
export interface Span {
  /** Sealed bytes `[sealedStart, sealedEnd)` are whole chunks; the header is never among them. */
  readonly sealedStart: number;
  readonly sealedEnd: number;
  readonly firstChunk: number;
  readonly chunkCount: number;
  /** Index of the object's final chunk, whether or not the span reaches it. */
  readonly finalChunk: number;
  /** Plaintext bytes of the first chunk that lie before the range. */
  readonly skipBytes: number;
  /** Plaintext bytes of the range. */
  readonly sizeBytes: number;
}

/** Chunks of an object: never none, since a zero-byte object has one empty final chunk. */
export function chunkCount(plaintextSizeBytes: number): number {
  requirePlaintextSize(plaintextSizeBytes);
  return Math.max(1, Math.ceil(plaintextSizeBytes / CHUNK_SIZE_BYTES));
}

/** Throws TooLarge. */
export function sealedSize(plaintextSizeBytes: number): number {
  return HEADER_SIZE_BYTES + plaintextSizeBytes + TAG_SIZE_BYTES * chunkCount(plaintextSizeBytes);
}

/** The inverse of `sealedSize`. Throws Truncated when no plaintext has this sealed size. */
export function plaintextSize(sealedSizeBytes: number): number {
  const bodyBytes = sealedSizeBytes - HEADER_SIZE_BYTES;
  if (!Number.isSafeInteger(sealedSizeBytes) || bodyBytes < TAG_SIZE_BYTES) throw impossibleSize();
  const chunks = Math.ceil(bodyBytes / SEALED_CHUNK_SIZE_BYTES);
  const finalBytes = bodyBytes - (chunks - 1) * SEALED_CHUNK_SIZE_BYTES - TAG_SIZE_BYTES;
  if (finalBytes < 0 || (finalBytes === 0 && chunks > 1)) throw impossibleSize();
  const size = bodyBytes - chunks * TAG_SIZE_BYTES;
  requirePlaintextSize(size);
  return size;
}

/**
 * The chunks that hold `range` of an object of this plaintext size. An empty range of a non-empty object needs no
 * chunk; the whole of an empty object needs its one empty chunk, so that even "nothing" is authenticated.
 * Throws InvalidRange unless `0 <= start <= end <= plaintextSizeBytes`.
 */
export function spanOf(range: ByteRange, plaintextSizeBytes: number): Span {
  const { start, end } = range;
  const finalChunk = chunkCount(plaintextSizeBytes) - 1;
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end))) throw impossibleRange();
  if (start < 0 || start > end || end > plaintextSizeBytes) throw impossibleRange();
  const sizeBytes = end - start;
  const firstChunk = Math.min(Math.floor(start / CHUNK_SIZE_BYTES), finalChunk);
  const sealedStart = HEADER_SIZE_BYTES + firstChunk * SEALED_CHUNK_SIZE_BYTES;
  if (sizeBytes === 0 && plaintextSizeBytes > 0) {
    const empty = { sealedStart, sealedEnd: sealedStart, chunkCount: 0, skipBytes: 0, sizeBytes };
    return { ...empty, firstChunk, finalChunk };
  }
  const lastChunk = sizeBytes === 0 ? 0 : Math.floor((end - 1) / CHUNK_SIZE_BYTES);
  const sealedEnd =
    lastChunk === finalChunk
      ? HEADER_SIZE_BYTES + plaintextSizeBytes + (finalChunk + 1) * TAG_SIZE_BYTES
      : HEADER_SIZE_BYTES + (lastChunk + 1) * SEALED_CHUNK_SIZE_BYTES;
  return {
    sealedStart,
    sealedEnd,
    firstChunk,
    chunkCount: lastChunk - firstChunk + 1,
    finalChunk,
    skipBytes: start - firstChunk * CHUNK_SIZE_BYTES,
    sizeBytes,
  };
}

function requirePlaintextSize(sizeBytes: number): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || sizeBytes > MAX_PLAINTEXT_SIZE_BYTES) {
    throw new EnvelopeError("TooLarge", "the plaintext size is outside what the format can hold");
  }
}

function impossibleSize(): EnvelopeError {
  return new EnvelopeError("Truncated", "no sealed object has this size");
}

function impossibleRange(): EnvelopeError {
  return new EnvelopeError("InvalidRange", "the range does not lie within the object");
}

import { createDecipheriv } from "node:crypto";
import type { SecretBytes } from "@strongroom/base";
import { EnvelopeError } from "../envelope-error.ts";
import { CIPHER, createNonce, setNonce } from "./chunk-nonce.ts";
import { readHeader, type SealedHeader } from "./sealed-header.ts";
import {
  type ByteRange,
  CHUNK_SIZE_BYTES,
  HEADER_SIZE_BYTES,
  SEALED_CHUNK_SIZE_BYTES,
  type Span,
  sealedSize,
  spanOf,
  TAG_SIZE_BYTES,
} from "./sizes.ts";

const TAG_OPTIONS = { authTagLength: TAG_SIZE_BYTES } as const;

/**
 * Opens single chunks of one sealed object. The constructor checks the header and its commitment, so that a wrong
 * data key is found before any chunk is touched; the caller may wipe `dataKey` once it returned.
 */
export class Opener {
  readonly #header: SealedHeader;
  readonly #nonce = createNonce();

  /** Only the first 72 bytes of `header` are read. Throws Truncated, Malformed, UnsupportedVersion or WrongKey. */
  constructor(dataKey: SecretBytes, header: Uint8Array) {
    this.#header = readHeader(dataKey, header);
  }

  /** Whether stored bytes begin with the very header that was checked. */
  isFor(header: Uint8Array): boolean {
    return (
      header.length >= HEADER_SIZE_BYTES && this.#header.bytes.equals(header.subarray(0, HEADER_SIZE_BYTES))
    );
  }

  /**
   * A plaintext range (default: all) of a sealed object that is in memory; only the chunks that hold it are opened.
   * Throws Truncated or Tampered when `sealed` is not as long as `plaintextSizeBytes` demands.
   */
  openAll(sealed: Uint8Array, range: ByteRange | undefined, plaintextSizeBytes: number): Buffer {
    requireSize(sealed.length, sealedSize(plaintextSizeBytes));
    const span = spanOf(range ?? { start: 0, end: plaintextSizeBytes }, plaintextSizeBytes);
    const pieces: Buffer[] = [];
    let offset = span.sealedStart;
    for (let at = 0; at < span.chunkCount; at++) {
      const index = span.firstChunk + at;
      const end = Math.min(offset + SEALED_CHUNK_SIZE_BYTES, span.sealedEnd);
      const chunk = this.openChunk(index, index === span.finalChunk, sealed.subarray(offset, end));
      pieces.push(trim(chunk, span, at));
      offset = end;
    }
    return pieces[0] !== undefined && pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /**
   * The plaintext of chunk `index`. `isFinal` says where the reader believes the object ends: a chunk sealed with
   * the other flag does not open. Throws Truncated or Tampered; nothing unverified is returned or left in memory.
   */
  openChunk(index: number, isFinal: boolean, bytes: Uint8Array): Buffer {
    const sizeBytes = bytes.length - TAG_SIZE_BYTES;
    // A short non-final chunk, or an empty final one after others, is a second encoding of some plaintext.
    if (isFinal ? sizeBytes < (index === 0 ? 0 : 1) : sizeBytes !== CHUNK_SIZE_BYTES) {
      throw new EnvelopeError("Truncated", `chunk ${index} is incomplete`);
    }
    if (sizeBytes > CHUNK_SIZE_BYTES) throw tampered(index);
    setNonce(this.#nonce, index, isFinal);
    const decipher = createDecipheriv(CIPHER, this.#header.payloadKey, this.#nonce, TAG_OPTIONS);
    decipher.setAAD(this.#header.bytes);
    decipher.setAuthTag(bytes.subarray(sizeBytes));
    const plaintext = decipher.update(bytes.subarray(0, sizeBytes));
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      throw tampered(index);
    }
    return plaintext;
  }
}

/** `Opener.openAll` with the data key at hand. */
export function openSmall(
  dataKey: SecretBytes,
  sealed: Uint8Array,
  range: ByteRange | undefined,
  plaintextSizeBytes: number,
): Buffer {
  return new Opener(dataKey, sealed).openAll(sealed, range, plaintextSizeBytes);
}

/**
 * The plaintext range of `span`, chunk by chunk, each only after its tag verified. `sealed` yields exactly the bytes
 * `[span.sealedStart, span.sealedEnd)` in pieces of any size; a piece is not kept once the next one is asked for.
 * Throws Truncated when they end early and Tampered when they do not verify or go on: after an error the bytes
 * already yielded are genuine but not the whole range, and must never be passed on as a clean end.
 */
export async function* openObject(
  sealed: AsyncIterable<Uint8Array>,
  opener: Opener,
  span: Span,
): AsyncGenerator<Buffer, void, void> {
  const sealedBytes = span.sealedEnd - span.sealedStart;
  const held = Buffer.allocUnsafeSlow(Math.min(SEALED_CHUNK_SIZE_BYTES, sealedBytes));
  let heldBytes = 0;
  let opened = 0;
  let openedBytes = 0;
  for await (const piece of sealed) {
    let offset = 0;
    while (offset < piece.length) {
      const chunkBytes = Math.min(SEALED_CHUNK_SIZE_BYTES, sealedBytes - openedBytes);
      if (chunkBytes === 0) throw new EnvelopeError("Tampered", "bytes follow the end");
      const takenBytes = Math.min(chunkBytes - heldBytes, piece.length - offset);
      const isDirect = takenBytes === chunkBytes;
      const taken = piece.subarray(offset, offset + takenBytes);
      offset += takenBytes;
      if (!isDirect) {
        held.set(taken, heldBytes);
        heldBytes += takenBytes;
        if (heldBytes < chunkBytes) continue;
      }
      const index = span.firstChunk + opened;
      const sealedChunk = isDirect ? taken : held.subarray(0, chunkBytes);
      const chunk = opener.openChunk(index, index === span.finalChunk, sealedChunk);
      const plaintext = trim(chunk, span, opened);
      openedBytes += chunkBytes;
      heldBytes = 0;
      opened++;
      if (plaintext.length > 0) yield plaintext;
    }
  }
  if (openedBytes < sealedBytes) throw new EnvelopeError("Truncated", "the sealed object ends early");
}

/** Cuts the opened chunk number `at` of a span down to the range. */
function trim(chunk: Buffer, span: Span, at: number): Buffer {
  const rangeEnd = span.skipBytes + span.sizeBytes - at * CHUNK_SIZE_BYTES;
  const start = at === 0 ? span.skipBytes : 0;
  return start === 0 && rangeEnd >= chunk.length ? chunk : chunk.subarray(start, rangeEnd);
}

function requireSize(actualBytes: number, expectedBytes: number): void {
  if (actualBytes < expectedBytes) throw new EnvelopeError("Truncated", "the sealed object ends early");
  if (actualBytes > expectedBytes) throw new EnvelopeError("Tampered", "bytes follow the end");
}

function tampered(index: number): EnvelopeError {
  return new EnvelopeError("Tampered", `chunk ${index} does not verify`);
}

import { createCipheriv } from "node:crypto";
import type { SecretBytes } from "@strongroom/base";
import { EnvelopeError } from "../envelope-error.ts";
import { CIPHER, createNonce, setNonce } from "./chunk-nonce.ts";
import { createHeader, type SealedHeader } from "./sealed-header.ts";
import { CHUNK_SIZE_BYTES, HEADER_SIZE_BYTES, sealedSize } from "./sizes.ts";

const EMPTY = new Uint8Array(0);

/**
 * Seals a stream pushed in pieces of any size. Output, in order: `header()`, then what each `update` returns, then
 * `final()`. A piece is not kept after `update` returns. At most one chunk is held back, because only the next
 * byte, or the end, tells whether a full chunk is the final one. The caller still owns `dataKey` and may wipe it
 * once the constructor returned.
 */
export class Sealer {
  readonly #header: SealedHeader;
  readonly #nonce = createNonce();
  #chunk = 0;
  #held: Buffer | null = null;
  #heldBytes = 0;
  #ended = false;

  constructor(dataKey: SecretBytes, header: SealedHeader = createHeader(dataKey)) {
    this.#header = header;
  }

  header(): Buffer {
    return this.#header.bytes;
  }

  update(bytes: Uint8Array): Buffer[] {
    if (this.#ended) throw new EnvelopeError("Misuse", "the sealed object has already ended");
    const out: Buffer[] = [];
    let offset = 0;
    // Strictly greater: a chunk goes out only when a byte follows it.
    while (this.#heldBytes + bytes.length - offset > CHUNK_SIZE_BYTES) {
      const takenBytes = CHUNK_SIZE_BYTES - this.#heldBytes;
      this.#seal(bytes.subarray(offset, offset + takenBytes), false, out);
      offset += takenBytes;
    }
    if (offset < bytes.length) {
      this.#held ??= Buffer.allocUnsafeSlow(CHUNK_SIZE_BYTES);
      this.#held.set(offset === 0 ? bytes : bytes.subarray(offset), this.#heldBytes);
      this.#heldBytes += bytes.length - offset;
    }
    return out;
  }

  final(): Buffer[] {
    if (this.#ended) throw new EnvelopeError("Misuse", "the sealed object has already ended");
    this.#ended = true;
    const out: Buffer[] = [];
    this.#seal(EMPTY, true, out);
    this.#held = null;
    return out;
  }

  /** Seals the held bytes and `rest` as one chunk, without joining them first. */
  #seal(rest: Uint8Array, isFinal: boolean, out: Buffer[]): void {
    setNonce(this.#nonce, this.#chunk, isFinal);
    const cipher = createCipheriv(CIPHER, this.#header.payloadKey, this.#nonce);
    cipher.setAAD(this.#header.bytes);
    if (this.#held !== null && this.#heldBytes > 0) {
      out.push(cipher.update(this.#held.subarray(0, this.#heldBytes)));
    }
    if (rest.length > 0) out.push(cipher.update(rest));
    cipher.final();
    out.push(cipher.getAuthTag());
    this.#heldBytes = 0;
    this.#chunk++;
  }
}

/** The whole sealed object in one buffer: for plaintexts that are in memory anyway. Throws TooLarge. */
export function sealSmall(dataKey: SecretBytes, plaintext: Uint8Array): Buffer {
  return sealWithHeader(createHeader(dataKey), plaintext);
}

export function sealWithHeader(header: SealedHeader, plaintext: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(sealedSize(plaintext.length));
  out.set(header.bytes);
  const nonce = createNonce();
  let written = HEADER_SIZE_BYTES;
  let start = 0;
  let chunk = 0;
  do {
    const end = Math.min(start + CHUNK_SIZE_BYTES, plaintext.length);
    setNonce(nonce, chunk, end === plaintext.length);
    const cipher = createCipheriv(CIPHER, header.payloadKey, nonce);
    cipher.setAAD(header.bytes);
    out.set(cipher.update(plaintext.subarray(start, end)), written);
    cipher.final();
    written += end - start;
    out.set(cipher.getAuthTag(), written);
    written += 16;
    start = end;
    chunk++;
  } while (start < plaintext.length);
  return out;
}

/** Seals a stream as it flows: the header first. An error of `body` passes through and leaves no valid object. */
export async function* sealObject(
  body: AsyncIterable<Uint8Array>,
  dataKey: SecretBytes,
): AsyncGenerator<Buffer, void, void> {
  const sealer = new Sealer(dataKey);
  yield sealer.header();
  for await (const bytes of body) yield* sealer.update(bytes);
  yield* sealer.final();
}

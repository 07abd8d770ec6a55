import { asBytes, type Bytes, concat, inSlices } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { ciphertextSize } from "../format/algorithm-suites.ts";
import type { Encryption } from "./begin-encryption.ts";

/**
 * The whole ciphertext with its tag. `sizeBytes` is what the plaintext has to have, or null when nobody knows; then it may
 * have `limitBytes`. Throws UsageError otherwise.
 */
export async function encryptWhole(
  encryption: Encryption,
  plaintext: AsyncIterable<Uint8Array>,
  sizeBytes: number | null,
  limitBytes: number,
): Promise<Bytes> {
  const collected = new Ciphertext(
    sizeBytes === null ? null : ciphertextSize(encryption.envelope.suite, sizeBytes),
  );
  for await (const chunk of plaintext) {
    for (const slice of inSlices(chunk)) {
      collected.add(await encryption.update(slice));
      if (sizeBytes === null ? encryption.plaintextBytes > limitBytes : encryption.plaintextBytes > sizeBytes)
        throw sizeBytes === null ? tooLong() : wrongSize(encryption, sizeBytes);
    }
  }
  requireSize(encryption, sizeBytes);
  return collected.end(await encryption.final());
}

/** Pieces that become one array: written into place where its size is known, so that memory is needed once. */
class Ciphertext {
  readonly #whole: Bytes | null;
  readonly #pieces: Uint8Array[] = [];
  #filled = 0;

  constructor(sizeBytes: number | null) {
    this.#whole = sizeBytes === null ? null : new Uint8Array(sizeBytes);
  }

  add(piece: Uint8Array): void {
    if (this.#whole === null) this.#pieces.push(piece);
    // A plaintext that turns out too long is refused before anything of it is used.
    else if (this.#filled + piece.length <= this.#whole.length) this.#whole.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  end(last: Uint8Array): Bytes {
    if (this.#filled === 0) return asBytes(last);
    this.add(last);
    return this.#whole ?? concat(this.#pieces);
  }
}

/** Ciphertext as plaintext comes. Can be read once: bytes that came a second time could differ under the same key. */
export async function* encryptStream(
  encryption: Encryption,
  plaintext: AsyncIterable<Uint8Array>,
  sizeBytes: number | null,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of plaintext) {
    for (const slice of inSlices(chunk)) {
      const piece = await encryption.update(slice);
      if (piece.length > 0) yield piece;
    }
  }
  requireSize(encryption, sizeBytes);
  yield encryption.final();
}

function requireSize(encryption: Encryption, sizeBytes: number | null): void {
  if (sizeBytes !== null && encryption.plaintextBytes !== sizeBytes) throw wrongSize(encryption, sizeBytes);
}

function wrongSize(encryption: Encryption, sizeBytes: number): UsageError {
  return new UsageError(
    `The body has ${encryption.plaintextBytes} bytes or more, not the ${sizeBytes} that were announced`,
  );
}

function tooLong(): UsageError {
  return new UsageError(
    "A body of unknown length is larger than the buffer: give ContentLength, or use Upload",
  );
}

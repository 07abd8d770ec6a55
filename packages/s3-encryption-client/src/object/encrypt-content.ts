import { asBytes, type Bytes, concat } from "../bytes.ts";
import { UsageError } from "../errors.ts";
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
  const pieces: Uint8Array[] = [];
  for await (const chunk of plaintext) {
    pieces.push(await encryption.update(chunk));
    if (encryption.plaintextBytes > limitBytes)
      throw new UsageError(
        "A body of unknown length is larger than the buffer: give ContentLength, or use Upload",
      );
  }
  requireSize(encryption, sizeBytes);
  const last = await encryption.final();
  return pieces.length === 0 ? asBytes(last) : concat([...pieces, last]);
}

/** Ciphertext as plaintext comes. Can be read once: bytes that came a second time could differ under the same key. */
export async function* encryptStream(
  encryption: Encryption,
  plaintext: AsyncIterable<Uint8Array>,
  sizeBytes: number | null,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of plaintext) {
    const piece = await encryption.update(chunk);
    if (piece.length > 0) yield piece;
  }
  requireSize(encryption, sizeBytes);
  yield encryption.final();
}

function requireSize(encryption: Encryption, sizeBytes: number | null): void {
  if (sizeBytes !== null && encryption.plaintextBytes !== sizeBytes)
    throw new UsageError(
      `The body has ${encryption.plaintextBytes} bytes, not the ${sizeBytes} that were announced`,
    );
}

import { type Bytes, concat } from "../bytes.ts";
import { ciphertextSize } from "../format/algorithm-suites.ts";
import type { Encryption } from "../object/begin-encryption.ts";

/** A body of known length in pieces. Whoever asks for a piece again, as a retry does, gets the very same bytes. */
export interface ReplayablePieces {
  /** In bytes, in order. */
  readonly sizes: readonly number[];
  piece(index: number): Promise<Uint8Array>;
}

/** What a processor's caches hold on the way from the cipher to the socket; S3 wants 8 KiB or more. */
const PIECE_BYTES = 512 * 1024;

/** Bytes at hand, cut without copying. */
export function cutIntoPieces(bytes: Uint8Array): ReplayablePieces {
  const sizes = cutSizes(bytes.length);
  return {
    sizes,
    piece: async (index) => bytes.subarray(index * PIECE_BYTES, index * PIECE_BYTES + (sizes[index] ?? 0)),
  };
}

/**
 * Ciphertext of bytes at hand. A piece is encrypted once, when it is first asked for, so that sending begins before all of it
 * is encrypted. The plaintext must stay as it is until then.
 */
export function encryptInPieces(encryption: Encryption, plaintext: Uint8Array): ReplayablePieces {
  const sizes = cutSizes(plaintext.length);
  const tagBytes = ciphertextSize(encryption.envelope.suite, plaintext.length) - plaintext.length;
  const last = sizes.length - 1;
  const made: Promise<Uint8Array>[] = [];
  const encrypt = async (index: number): Promise<Uint8Array> => {
    // One after the other, whoever asks: the cipher has a position.
    await made[index - 1];
    const start = index * PIECE_BYTES;
    const piece = await encryption.update(plaintext.subarray(start, start + (sizes[index] ?? 0)));
    return index < last ? piece : concat([piece, await encryption.final()]);
  };
  return {
    sizes: sizes.map((size, index) => (index < last ? size : size + tagBytes)),
    async piece(index) {
      while (made.length <= index) made.push(encrypt(made.length));
      return (await made[index]) ?? new Uint8Array(0);
    },
  };
}

/** In bytes, all together. */
export function sizeOf({ sizes }: ReplayablePieces): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** All of it in one array. */
export async function joinPieces({ sizes, piece }: ReplayablePieces): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < sizes.length; index++) pieces.push(await piece(index));
  return concat(pieces);
}

/** At least one; a last piece may be short, and grows by the tag. */
function cutSizes(totalBytes: number): number[] {
  const count = Math.max(1, Math.ceil(totalBytes / PIECE_BYTES));
  return Array.from({ length: count }, (_, index) => Math.min(PIECE_BYTES, totalBytes - index * PIECE_BYTES));
}

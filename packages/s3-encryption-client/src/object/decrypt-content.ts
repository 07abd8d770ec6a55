import { platform } from "#platform";
import { concat, EMPTY, inSlices } from "../bytes.ts";
import { BufferLimitError, LegacyDecryptionError, TamperedObjectError } from "../errors.ts";
import type { CipherMode } from "../platform/platform.ts";
import type { ContentKey } from "./reading-rules.ts";

/**
 * The whole plaintext, in pieces, once all of it is verified; never a byte of it before. `expectedBytes` is what the
 * body's length was said to be, or null. Throws BufferLimitError for a ciphertext above `limitBytes`.
 */
export async function decryptWhole(
  ciphertext: AsyncIterable<Uint8Array>,
  contentKey: ContentKey,
  expectedBytes: number | null,
  limitBytes: number,
): Promise<readonly Uint8Array[]> {
  if (expectedBytes !== null && expectedBytes > limitBytes) {
    contentKey.wipe();
    throw new BufferLimitError(limitBytes);
  }
  const held: Uint8Array[] = [];
  const counted = countBytes(ciphertext, expectedBytes, limitBytes);
  for await (const piece of decryptPieces(counted, contentKey, "whole")) held.push(piece);
  return held;
}

/**
 * Plaintext as it is decrypted, which is before it is verified: the error of a changed object comes after bytes of it
 * were released. Memory stays bounded by the size of the pieces.
 */
export function decryptDelayed(
  ciphertext: AsyncIterable<Uint8Array>,
  contentKey: ContentKey,
  expectedBytes: number | null,
): AsyncIterable<Uint8Array> {
  return decryptPieces(
    countBytes(ciphertext, expectedBytes, Number.POSITIVE_INFINITY),
    contentKey,
    "streamed",
  );
}

/** A body that ends early must not pass for a whole one: AES-CBC could not tell by itself. */
async function* countBytes(
  ciphertext: AsyncIterable<Uint8Array>,
  expectedBytes: number | null,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of ciphertext) {
    count += chunk.length;
    if (count > limitBytes) throw new BufferLimitError(limitBytes);
    yield chunk;
  }
  if (expectedBytes !== null && count !== expectedBytes) throw new TamperedObjectError();
}

async function* decryptPieces(
  ciphertext: AsyncIterable<Uint8Array>,
  contentKey: ContentKey,
  mode: CipherMode,
): AsyncGenerator<Uint8Array> {
  try {
    if (contentKey.suite.isAuthenticated) yield* decryptGcm(ciphertext, contentKey, mode);
    else yield* decryptCbc(ciphertext, contentKey);
  } finally {
    contentKey.wipe();
  }
}

async function* decryptGcm(
  ciphertext: AsyncIterable<Uint8Array>,
  contentKey: ContentKey,
  mode: CipherMode,
): AsyncGenerator<Uint8Array> {
  const { tagBytes } = contentKey.suite;
  const decryptor = platform.gcmDecryptor(contentKey, mode);
  // The last 16 bytes are the tag, and which ones are the last is known only at the end.
  let held: Uint8Array = EMPTY;
  for await (const chunk of ciphertext) {
    if (chunk.length < tagBytes) {
      const joined = concat([held, chunk]);
      const ready = Math.max(0, joined.length - tagBytes);
      held = joined.subarray(ready);
      if (ready > 0) yield* some(await decryptor.update(joined.subarray(0, ready)));
    } else {
      if (held.length > 0) yield* some(await decryptor.update(held));
      held = chunk.slice(chunk.length - tagBytes);
      for (const slice of inSlices(chunk.subarray(0, chunk.length - tagBytes)))
        yield* some(await decryptor.update(slice));
    }
  }
  if (held.length !== tagBytes) throw new TamperedObjectError();
  yield* some(await decryptor.final(held));
}

async function* decryptCbc(
  ciphertext: AsyncIterable<Uint8Array>,
  { key, nonce, isSubstitute }: ContentKey,
): AsyncGenerator<Uint8Array> {
  const decryptor = platform.cbcDecryptor(key, nonce, true);
  for await (const chunk of ciphertext) yield* some(await decryptor.update(chunk));
  const last = await decryptor.final();
  if (isSubstitute) throw new LegacyDecryptionError();
  yield* some(last);
}

function* some(piece: Uint8Array): Generator<Uint8Array> {
  if (piece.length > 0) yield piece;
}

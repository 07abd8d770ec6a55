import type { Bytes } from "../bytes.ts";

/** Pieces of any size as parts of one size; the last is what is left, and there is always one. */
export async function* cutIntoParts(
  pieces: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Bytes> {
  let part = new Uint8Array(partBytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (filled === partBytes) {
        yield part;
        part = new Uint8Array(partBytes);
        filled = 0;
      }
      const taken = piece.subarray(at, at + partBytes - filled);
      part.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  }
  yield part.subarray(0, filled);
}

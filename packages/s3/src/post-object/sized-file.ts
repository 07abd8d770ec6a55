import { s3Error } from "../errors.ts";
import type { ByteSizeRange } from "./post-policy.ts";

/**
 * Passes a file through and holds its size against what is allowed. Throws EntityTooLarge as soon as it is longer,
 * EntityTooSmall at an end that comes too early: either way before anything is committed.
 */
export async function* sizedFile(
  file: AsyncIterable<Uint8Array>,
  allowed: ByteSizeRange,
  likelySizeBytes: number,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const piece of file) {
    sizeBytes += piece.length;
    if (sizeBytes > allowed.most) throw tooLarge(Math.max(sizeBytes, likelySizeBytes), allowed.most);
    yield piece;
  }
  if (sizeBytes >= allowed.least) return;
  throw s3Error("EntityTooSmall", {
    fields: { ProposedSize: String(sizeBytes), MinSizeAllowed: String(allowed.least) },
  });
}

export function tooLarge(sizeBytes: number, most: number): Error {
  return s3Error("EntityTooLarge", {
    fields: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(most) },
  });
}

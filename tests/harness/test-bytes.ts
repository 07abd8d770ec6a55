import { createCipheriv, createHash } from "node:crypto";

/** `sizeBytes` bytes that look random and are the same for the same seed. */
export function bytesOf(seed: string, sizeBytes: number): Buffer {
  return keystream(seed).update(Buffer.alloc(sizeBytes));
}

/** The same bytes in pieces, for bodies that must not be held whole. */
export async function* streamOf(
  seed: string,
  sizeBytes: number,
  pieceBytes = 1 << 20,
): AsyncIterable<Buffer> {
  const cipher = keystream(seed);
  const zeros = Buffer.alloc(pieceBytes);
  for (let sent = 0; sent < sizeBytes; sent += pieceBytes)
    yield cipher.update(zeros.subarray(0, Math.min(pieceBytes, sizeBytes - sent)));
}

function keystream(seed: string): ReturnType<typeof createCipheriv> {
  const digest = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-128-ctr", digest.subarray(0, 16), digest.subarray(16));
}

/** A generator of numbers in [0, 1) that a printed seed brings back. */
export function randomOf(seed: string): () => number {
  let counter = 0;
  return () => {
    const digest = createHash("sha256").update(`${seed}/${counter++}`).digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
}

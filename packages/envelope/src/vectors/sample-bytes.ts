/** The plaintext of the test vectors: long, not random, and different in each chunk. */
export function sampleBytes(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (7 * i + Math.floor(i / 256)) % 256;
  return bytes;
}

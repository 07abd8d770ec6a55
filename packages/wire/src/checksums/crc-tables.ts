/** Reflected polynomials: Castagnoli (RFC 3720, appendix B.4) and NVM Express (NVMe NVM command set 5.2.1.3.4). */
export const CRC32_POLYNOMIAL = 0xedb88320n;
export const CRC32C_POLYNOMIAL = 0x82f63b78n;
export const CRC64NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

/**
 * Slicing tables: entry `256·k + b` is the CRC contribution of byte `b` followed by `k` zero bytes.
 * Little-endian words of `wordSizeBytes`.
 */
export function slicingTables(polynomial: bigint, wordSizeBytes: 4 | 8, slices: number): Uint8Array {
  const low = new Uint32Array(256 * slices);
  const high = new Uint32Array(256 * slices);
  const polynomialLow = Number(polynomial & 0xffffffffn);
  const polynomialHigh = Number(polynomial >> 32n);
  for (let entry = 0; entry < low.length; entry += 1) {
    if (entry >= 256) {
      const beforeLow = low[entry - 256] ?? 0;
      const beforeHigh = high[entry - 256] ?? 0;
      const byte = beforeLow & 0xff;
      low[entry] = (low[byte] ?? 0) ^ ((beforeLow >>> 8) | (beforeHigh << 24));
      high[entry] = (high[byte] ?? 0) ^ (beforeHigh >>> 8);
      continue;
    }
    let wordLow = entry;
    let wordHigh = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const mask = -(wordLow & 1);
      wordLow = ((wordLow >>> 1) | (wordHigh << 31)) ^ (polynomialLow & mask);
      wordHigh = (wordHigh >>> 1) ^ (polynomialHigh & mask);
    }
    low[entry] = wordLow;
    high[entry] = wordHigh;
  }
  const tables = Buffer.alloc(low.length * wordSizeBytes);
  for (let entry = 0; entry < low.length; entry += 1) {
    tables.writeUInt32LE(low[entry] ?? 0, entry * wordSizeBytes);
    if (wordSizeBytes === 8) tables.writeUInt32LE(high[entry] ?? 0, entry * wordSizeBytes + 4);
  }
  return tables;
}

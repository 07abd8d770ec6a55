const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint => wrap((value << bits) | (wrap(value) >> (64n - bits)));
const round = (sum: bigint, word: bigint): bigint => wrap(rotate(wrap(sum + word * PRIME_2), 31n) * PRIME_1);
const merge = (hash: bigint, sum: bigint): bigint => wrap((hash ^ round(0n, sum)) * PRIME_1 + PRIME_4);

/** XXH64 with seed 0 (xxhash_spec.md, version 0.1.1). For headers of a few kilobytes: it is not fast. */
export function xxhash64(bytes: Buffer): bigint {
  let offset = 0;
  let hash = PRIME_5;
  if (bytes.length >= 32) {
    let sums: readonly [bigint, bigint, bigint, bigint] = [
      wrap(PRIME_1 + PRIME_2),
      PRIME_2,
      0n,
      wrap(-PRIME_1),
    ];
    for (; offset + 32 <= bytes.length; offset += 32) {
      const word = (at: number): bigint => bytes.readBigUInt64LE(offset + at);
      sums = [
        round(sums[0], word(0)),
        round(sums[1], word(8)),
        round(sums[2], word(16)),
        round(sums[3], word(24)),
      ];
    }
    const mixed = rotate(sums[0], 1n) + rotate(sums[1], 7n) + rotate(sums[2], 12n) + rotate(sums[3], 18n);
    hash = sums.reduce(merge, wrap(mixed));
  }
  hash = wrap(hash + BigInt(bytes.length));
  for (; offset + 8 <= bytes.length; offset += 8)
    hash = wrap(rotate(hash ^ round(0n, bytes.readBigUInt64LE(offset)), 27n) * PRIME_1 + PRIME_4);
  if (offset + 4 <= bytes.length) {
    const word = BigInt(bytes.readUInt32LE(offset));
    hash = wrap(rotate(hash ^ wrap(word * PRIME_1), 23n) * PRIME_2 + PRIME_3);
    offset += 4;
  }
  for (; offset < bytes.length; offset++) {
    const byte = BigInt(bytes.readUInt8(offset));
    hash = wrap(rotate(hash ^ wrap(byte * PRIME_5), 11n) * PRIME_1);
  }
  hash = wrap((hash ^ (hash >> 33n)) * PRIME_2);
  hash = wrap((hash ^ (hash >> 29n)) * PRIME_3);
  return hash ^ (hash >> 32n);
}

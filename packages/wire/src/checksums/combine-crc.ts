import type { CrcAlgorithm } from "./algorithms.ts";
import { CRC32_POLYNOMIAL, CRC32C_POLYNOMIAL, CRC64NVME_POLYNOMIAL } from "./crc-tables.ts";

interface CrcField {
  readonly polynomial: bigint;
  readonly bits: 32 | 64;
}

const FIELDS = {
  CRC32: { polynomial: CRC32_POLYNOMIAL, bits: 32 },
  CRC32C: { polynomial: CRC32C_POLYNOMIAL, bits: 32 },
  CRC64NVME: { polynomial: CRC64NVME_POLYNOMIAL, bits: 64 },
} as const satisfies Record<CrcAlgorithm, CrcField>;

// Parts of an upload mostly have one length: the shift by it is computed once.
const SHIFTS_KEPT = 64;
const shifts = new Map<string, bigint>();

/**
 * The CRC of A‖B from the CRCs of A and B and the length of B (FULL_OBJECT multipart): A's CRC times
 * x^(8·length) modulo the polynomial, plus B's. Digests are big-endian.
 */
export function combineCrc(
  algorithm: CrcAlgorithm,
  crcA: Uint8Array,
  crcB: Uint8Array,
  sizeBytesB: number,
): Buffer {
  const field = FIELDS[algorithm];
  const moved = multiply(readDigest(crcA, field), shiftBy(algorithm, sizeBytesB), field);
  const combined = moved ^ readDigest(crcB, field);
  return Buffer.from(combined.toString(16).padStart(field.bits / 4, "0"), "hex");
}

function readDigest(digest: Uint8Array, field: CrcField): bigint {
  if (digest.length !== field.bits / 8) throw new TypeError("a digest has the wrong length for its CRC");
  return BigInt(`0x${Buffer.from(digest).toString("hex")}`);
}

/** x^(8·sizeBytes) mod P, in reflected order (the top bit is x⁰). */
function shiftBy(algorithm: CrcAlgorithm, sizeBytes: number): bigint {
  const name = `${algorithm} ${sizeBytes}`;
  const known = shifts.get(name);
  if (known !== undefined) return known;
  const field = FIELDS[algorithm];
  const one = 1n << BigInt(field.bits - 1);
  let shift = one;
  let square = one >> 8n;
  for (let rest = BigInt(sizeBytes); rest > 0n; rest >>= 1n) {
    if (rest & 1n) shift = multiply(shift, square, field);
    square = multiply(square, square, field);
  }
  if (shifts.size >= SHIFTS_KEPT) shifts.clear();
  shifts.set(name, shift);
  return shift;
}

function multiply(a: bigint, b: bigint, field: CrcField): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = BigInt(field.bits - 1); bit >= 0n; bit -= 1n) {
    if ((a >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ field.polynomial : shifted >> 1n;
  }
  return product;
}

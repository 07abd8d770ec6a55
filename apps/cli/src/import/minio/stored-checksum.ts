import { type ChecksumAlgorithm, digestSizeBytes } from "@strongroom/wire";
import type { SourceChecksum } from "../import-source.ts";

/** Bits of the number that a stored checksum begins with (docs/format/minio-folder.md §6). */
const ALGORITHM_BITS: readonly (readonly [bit: number, algorithm: ChecksumAlgorithm])[] = [
  [2, "SHA256"],
  [4, "SHA1"],
  [8, "CRC32"],
  [16, "CRC32C"],
  [256, "CRC64NVME"],
];
const BIT_MULTIPART = 64;
const BIT_FULL_OBJECT = 512;

/** The checksum that MinIO keeps with an object; null where it is of a kind that is not known. */
export function parseStoredChecksum(bytes: Buffer): SourceChecksum | null {
  const { value: kind, sizeBytes } = readVarint(bytes);
  const found = ALGORITHM_BITS.find(([bit]) => (kind & bit) !== 0);
  if (found === undefined) return null;
  const [, algorithm] = found;
  const digest = bytes.subarray(sizeBytes, sizeBytes + digestSizeBytes(algorithm));
  if (digest.length !== digestSizeBytes(algorithm)) return null;
  const isComposite = (kind & BIT_MULTIPART) !== 0 && (kind & BIT_FULL_OBJECT) === 0;
  return { algorithm, type: isComposite ? "COMPOSITE" : "FULL_OBJECT", value: digest.toString("base64") };
}

/** Seven bits a byte, the lowest first. */
function readVarint(bytes: Buffer): { value: number; sizeBytes: number } {
  let value = 0;
  for (let at = 0; at < Math.min(bytes.length, 4); at++) {
    const byte = bytes.readUInt8(at);
    value |= (byte & 0x7f) << (7 * at);
    if (byte < 0x80) return { value, sizeBytes: at + 1 };
  }
  return { value: 0, sizeBytes: bytes.length };
}

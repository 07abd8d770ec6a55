import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** Digests computed apart from the server's own code. Names are those of `x-amz-checksum-…` in upper case, and MD5. */
export type DigestName = "MD5" | "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";

export function digestsOf(bytes: Uint8Array): Readonly<Record<DigestName, Buffer>> {
  const hash = (algorithm: string): Buffer => createHash(algorithm).update(bytes).digest();
  const word = Buffer.alloc(4);
  word.writeUInt32BE(crc32(bytes));
  return {
    MD5: hash("md5"),
    CRC32: word,
    CRC32C: crc32c(bytes),
    CRC64NVME: crc64nvme(bytes),
    SHA1: hash("sha1"),
    SHA256: hash("sha256"),
  };
}

const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function crc32c(bytes: Uint8Array): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC32C_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  const out = Buffer.alloc(4);
  out.writeUInt32BE(~crc >>> 0);
  return out;
}

/** Reflected polynomial of CRC-64/NVME. */
const CRC64_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

const CRC64_TABLE = Array.from({ length: 256 }, (_, index) => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ CRC64_POLYNOMIAL : value >> 1n;
  return value;
});
const CRC64_HIGH = Uint32Array.from(CRC64_TABLE, (value) => Number(value >> 32n));
const CRC64_LOW = Uint32Array.from(CRC64_TABLE, (value) => Number(value & 0xffffffffn));

function crc64nvme(bytes: Uint8Array): Buffer {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of bytes) {
    const index = (low ^ byte) & 255;
    low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[index] ?? 0);
    high = (high >>> 8) ^ (CRC64_HIGH[index] ?? 0);
  }
  const out = Buffer.alloc(8);
  out.writeUInt32BE(~high >>> 0, 0);
  out.writeUInt32BE(~low >>> 0, 4);
  return out;
}

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** Checksums of the tests' own, bit by bit: slow, and independent of the server's. */
function reflectedCrc(bytes: Uint8Array, polynomial: bigint, bits: bigint): Buffer {
  const ones = (1n << bits) - 1n;
  let value = ones;
  for (const byte of bytes) {
    value ^= BigInt(byte);
    for (let i = 0; i < 8; i += 1) value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n;
  }
  return Buffer.from((value ^ ones).toString(16).padStart(Number(bits / 4n), "0"), "hex");
}

function fourBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The value of `x-amz-checksum-<algorithm>` for `content`; for content of a few bytes where it is not a hash. */
export function checksumOf(algorithm: string, content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  const digests: Readonly<Record<string, () => Buffer>> = {
    CRC32: () => fourBytes(crc32(bytes)),
    CRC32C: () => reflectedCrc(bytes, 0x82f63b78n, 32n),
    CRC64NVME: () => reflectedCrc(bytes, 0x9a6c9329ac4bc9b5n, 64n),
    SHA1: () => createHash("sha1").update(bytes).digest(),
    SHA256: () => createHash("sha256").update(bytes).digest(),
  };
  const digest = digests[algorithm];
  if (digest === undefined) throw new Error(`no checksum ${algorithm}`);
  return digest().toString("base64");
}

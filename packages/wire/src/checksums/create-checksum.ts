import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ChecksumAlgorithm } from "./algorithms.ts";
import { createCrc32c, createCrc64Nvme } from "./crc-wasm.ts";

/** An incremental digest of one message. */
export interface RunningChecksum {
  /** Does not keep `bytes`. */
  update(bytes: Uint8Array): void;
  /** The digest, big-endian for CRCs. Call once, last. */
  digest(): Buffer;
}

/** "MD5" is for Content-MD5 and ETags; it is no S3 checksum here. */
export function createChecksum(algorithm: ChecksumAlgorithm | "MD5"): RunningChecksum {
  switch (algorithm) {
    case "CRC32":
      return new Crc32();
    case "CRC32C":
      return createCrc32c();
    case "CRC64NVME":
      return createCrc64Nvme();
    case "SHA1":
    case "SHA256":
    case "MD5":
      return new NodeHash(algorithm.toLowerCase());
  }
}

class Crc32 implements RunningChecksum {
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#value);
    return digest;
  }
}

class NodeHash implements RunningChecksum {
  readonly #hash: ReturnType<typeof createHash>;

  constructor(name: string) {
    this.#hash = createHash(name);
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Buffer {
    return this.#hash.digest();
  }
}

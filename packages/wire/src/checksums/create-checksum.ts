import type { ChecksumAlgorithm } from "./algorithms.ts";

/** An incremental digest of one message. */
export interface RunningChecksum {
  /** Does not keep `bytes`. */
  update(bytes: Uint8Array): void;
  /** The digest, big-endian for CRCs. Call once, last. */
  digest(): Buffer;
}

/** "MD5" is for Content-MD5 and ETags; it is no S3 checksum here. */
export function createChecksum(_algorithm: ChecksumAlgorithm | "MD5"): RunningChecksum {
  throw new Error("unbuilt");
}

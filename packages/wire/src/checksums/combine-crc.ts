import type { CrcAlgorithm } from "./algorithms.ts";

/** The CRC of A‖B from the CRCs of A and B and the length of B (FULL_OBJECT multipart). Digests are big-endian. */
export function combineCrc(
  _algorithm: CrcAlgorithm,
  _crcA: Uint8Array,
  _crcB: Uint8Array,
  _sizeBytesB: number,
): Buffer {
  throw new Error("unbuilt");
}

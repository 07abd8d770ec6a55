export const CHECKSUM_ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type CrcAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME";

const DIGEST_SIZE_BYTES = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
} as const satisfies Record<ChecksumAlgorithm, number>;

export function digestSizeBytes(algorithm: ChecksumAlgorithm): number {
  return DIGEST_SIZE_BYTES[algorithm];
}

/** `x-amz-checksum-crc32` … */
export function checksumHeaderName(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The algorithm whose header or trailer is called `name` (lower case); undefined for any other name. */
export function checksumAlgorithmOfHeader(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => checksumHeaderName(algorithm) === name);
}

/** The element name in XML documents: `ChecksumCRC32` … */
export function checksumElementName(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

export function findChecksumAlgorithm(text: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === text);
}

/** The digest in canonical base64 of exactly the algorithm's length; undefined otherwise. */
export function parseChecksumValue(algorithm: ChecksumAlgorithm, text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== DIGEST_SIZE_BYTES[algorithm] || bytes.toString("base64") !== text) return undefined;
  return bytes;
}

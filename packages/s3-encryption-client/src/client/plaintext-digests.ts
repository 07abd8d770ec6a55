import { UsageError } from "../errors.ts";

/** Values that S3 would compare with what it gets, which is ciphertext. `ChecksumAlgorithm` is fine: it names, and the SDK computes. */
const NAMES = /^(?:ContentMD5|Checksum(?:CRC32|CRC32C|CRC64NVME|SHA1|SHA256|SHA512|MD5|XXHASH\w*))$/;

/** Throws UsageError for digests that a caller made of the plaintext: S3 would refuse them later, less clearly. */
export function refusePlaintextDigests(input: object): void {
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined && NAMES.test(name))
      throw new UsageError(
        `${name} of the plaintext cannot be sent: S3 gets the ciphertext. Set ChecksumAlgorithm instead`,
      );
  }
}

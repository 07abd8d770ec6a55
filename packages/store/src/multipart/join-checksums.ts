import { type CrcAlgorithm, combineCrc, createChecksum } from "@strongroom/wire";
import type { Checksum, ChecksumAlgorithm } from "../model.ts";
import type { CompleteMultipartUploadInput } from "../object-store.ts";
import type { UploadRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import type { StoredPart } from "./select-parts.ts";

/**
 * The checksum of the whole object from those of its parts: FULL_OBJECT by joining CRCs, COMPOSITE by digesting the
 * parts' digests. Throws when the completion claims another value or mode.
 */
export function joinChecksums(
  input: CompleteMultipartUploadInput,
  upload: UploadRecord,
  parts: readonly StoredPart[],
): Checksum | null {
  const mode = upload.checksumAlgorithm === null ? null : (upload.checksumType ?? "COMPOSITE");
  if (input.checksumType !== undefined && input.checksumType !== mode) {
    throw new StoreError(
      "InvalidRequest",
      "invalid",
      `The upload was created using the ${mode ?? "null"} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const algorithm = upload.checksumAlgorithm ?? "CRC64NVME";
  const joined = mode === "COMPOSITE" ? composite(algorithm, parts) : fullObject(algorithm, parts);
  const claim = input.checksum;
  if (claim !== undefined && joined !== null) {
    if (claim.algorithm !== algorithm || !joined.value.equals(claim.value)) {
      const name = claim.algorithm.toLowerCase();
      throw new StoreError(
        "BadDigest",
        "invalid",
        `The ${name} you specified did not match the calculated checksum.`,
        { algorithm: name },
      );
    }
  }
  // S3 keeps no checksum of its own making for data under a customer's key (reference §4.3 #5).
  return mode === null && upload.encryption.scheme === "sse-c" ? null : joined;
}

function composite(algorithm: ChecksumAlgorithm, parts: readonly StoredPart[]): Checksum {
  const running = createChecksum(algorithm);
  for (const part of parts) running.update(requireDigest(part, algorithm));
  return { algorithm, type: "COMPOSITE", value: running.digest(), partCount: parts.length };
}

function fullObject(algorithm: ChecksumAlgorithm, parts: readonly StoredPart[]): Checksum | null {
  if (!isCrc(algorithm)) return null;
  let value: Buffer | null = null;
  for (const part of parts) {
    const digest = requireDigest(part, algorithm);
    value = value === null ? digest : combineCrc(algorithm, value, digest, part.record.body.sizeBytes);
  }
  return value === null ? null : { algorithm, type: "FULL_OBJECT", value };
}

const isCrc = (algorithm: ChecksumAlgorithm): algorithm is CrcAlgorithm => algorithm.startsWith("CRC");

function requireDigest(part: StoredPart, algorithm: ChecksumAlgorithm): Buffer {
  const { checksum } = part.record;
  if (checksum === null || checksum.algorithm !== algorithm) {
    throw new StoreError(
      "InvalidRequest",
      "invalid",
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${checksum?.algorithm.toLowerCase() ?? "null"}`,
    );
  }
  return checksum.value;
}

import type { ChecksumAlgorithm, ChecksumType } from "@strongroom/store";
import { CHECKSUM_ALGORITHMS, findChecksumAlgorithm } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

export interface UploadChecksum {
  readonly checksumAlgorithm: ChecksumAlgorithm | null;
  readonly checksumType: ChecksumType | null;
}

/** Which types each algorithm can have, the default first: only a CRC can be combined from those of the parts. */
const TYPES_OF = {
  CRC32: ["COMPOSITE", "FULL_OBJECT"],
  CRC32C: ["COMPOSITE", "FULL_OBJECT"],
  CRC64NVME: ["FULL_OBJECT"],
  SHA1: ["COMPOSITE"],
  SHA256: ["COMPOSITE"],
} as const satisfies Record<ChecksumAlgorithm, readonly [ChecksumType, ...ChecksumType[]]>;

export function defaultChecksumType(algorithm: ChecksumAlgorithm): ChecksumType {
  return TYPES_OF[algorithm][0];
}

/** The algorithm and type an upload is created with; both null when no algorithm is named. Throws InvalidRequest. */
export function readUploadChecksum(request: S3Request): UploadChecksum {
  const checksumAlgorithm = readChecksumAlgorithm(request) ?? null;
  const checksumType = readChecksumType(request);
  if (checksumAlgorithm === null) {
    if (checksumType === undefined) return { checksumAlgorithm, checksumType: null };
    throw invalidRequest(
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    );
  }
  const types: readonly [ChecksumType, ...ChecksumType[]] = TYPES_OF[checksumAlgorithm];
  if (checksumType === undefined) return { checksumAlgorithm, checksumType: types[0] };
  if (types.includes(checksumType)) return { checksumAlgorithm, checksumType };
  throw invalidRequest(
    `The ${checksumType} checksum type cannot be used with the ${checksumAlgorithm.toLowerCase()} checksum algorithm.`,
  );
}

/** `x-amz-checksum-algorithm` of a create or a copy; undefined when absent. */
export function readChecksumAlgorithm(request: S3Request): ChecksumAlgorithm | undefined {
  const text = request.header("x-amz-checksum-algorithm");
  if (text === undefined) return undefined;
  const algorithm = findChecksumAlgorithm(text.toUpperCase());
  if (algorithm !== undefined) return algorithm;
  throw invalidRequest(
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(", ")}]`,
  );
}

/** `x-amz-checksum-type`; undefined when absent. */
export function readChecksumType(request: S3Request): ChecksumType | undefined {
  const text = request.header("x-amz-checksum-type");
  if (text === undefined || text === "COMPOSITE" || text === "FULL_OBJECT") return text;
  throw invalidRequest("Value for x-amz-checksum-type header is invalid.");
}

function invalidRequest(message: string): Error {
  return s3Error("InvalidRequest", { message });
}

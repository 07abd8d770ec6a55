import type { Engine } from "../engine.ts";
import type { IndexRecord } from "../index/index-port.ts";
import type { CompletedPart, CompleteMultipartUploadInput } from "../object-store.ts";
import { partNumberOf, partRange, successor } from "../record-keys.ts";
import { decodePart, type PartLayout, type PartRecord, type UploadRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";

export interface StoredPart {
  readonly partNumber: number;
  readonly record: PartRecord;
  readonly stored: IndexRecord;
}

const READ = 1000;

export async function readAllParts(
  engine: Pick<Engine, "index">,
  uid: string,
): Promise<ReadonlyMap<number, StoredPart>> {
  const parts = new Map<number, StoredPart>();
  const { from: first, to } = partRange(uid, -1);
  for (let from = first; ; ) {
    const page = await engine.index.list({ from, to, limit: READ });
    for (const stored of page) {
      const partNumber = partNumberOf(stored.key);
      parts.set(partNumber, { partNumber, record: decodePart(stored.value), stored });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < READ) return parts;
    from = successor(last.key);
  }
}

/** The parts a completion lists, or InvalidPartOrder, InvalidPart, EntityTooSmall, BadDigest, InvalidRequest. */
export function selectParts(
  input: CompleteMultipartUploadInput,
  upload: UploadRecord,
  stored: ReadonlyMap<number, StoredPart>,
  minPartBytes: number,
): readonly StoredPart[] {
  let before = 0;
  const chosen: StoredPart[] = [];
  for (const listed of input.parts) {
    if (listed.partNumber <= before) {
      throw new StoreError(
        "InvalidPartOrder",
        "invalid",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        { uploadId: input.uploadId },
      );
    }
    before = listed.partNumber;
    const part = stored.get(listed.partNumber);
    if (part === undefined || part.record.etag !== listed.etag) throw invalidPart(input, listed);
    requirePartChecksum(input, upload, listed, part);
    chosen.push(part);
  }
  for (const part of chosen.slice(0, -1)) {
    if (part.record.body.sizeBytes < minPartBytes) throw tooSmall(part, minPartBytes);
  }
  return chosen;
}

function requirePartChecksum(
  input: CompleteMultipartUploadInput,
  upload: UploadRecord,
  listed: CompletedPart,
  part: StoredPart,
): void {
  const algorithm = upload.checksumAlgorithm;
  if (listed.checksum === undefined) {
    if (algorithm === null || upload.checksumType !== "COMPOSITE") return;
    throw new StoreError(
      "InvalidRequest",
      "invalid",
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${listed.partNumber} in the request.`,
    );
  }
  // An upload without an algorithm keeps no part checksums, so there is nothing to hold the claim against.
  if (algorithm === null) return;
  if (listed.checksum.algorithm !== algorithm) {
    throw new StoreError(
      "BadDigest",
      "invalid",
      `The ${listed.checksum.algorithm.toLowerCase()} you specified for part ${listed.partNumber} did not match what we received.`,
    );
  }
  if (part.record.checksum?.value.equals(listed.checksum.value) !== true) throw invalidPart(input, listed);
}

function invalidPart(input: CompleteMultipartUploadInput, { partNumber, etag }: CompletedPart): StoreError {
  return new StoreError(
    "InvalidPart",
    "invalid",
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { uploadId: input.uploadId, partNumber: String(partNumber), etag },
  );
}

function tooSmall(part: StoredPart, minPartBytes: number): StoreError {
  return new StoreError(
    "EntityTooSmall",
    "invalid",
    "Your proposed upload is smaller than the minimum allowed size",
    {
      proposedSize: String(part.record.body.sizeBytes),
      minSizeAllowed: String(minPartBytes),
      partNumber: String(part.partNumber),
      etag: part.record.etag,
    },
  );
}

/** Runs of parts with consecutive numbers and equal sizes, so that ten thousand parts take a few bytes. */
export function layoutOf(parts: readonly StoredPart[]): PartLayout {
  const runs: [number, number, number][] = [];
  for (const { partNumber, record } of parts) {
    const run = runs.at(-1);
    if (run !== undefined && run[0] + run[1] === partNumber && run[2] === record.body.sizeBytes) run[1]++;
    else runs.push([partNumber, 1, record.body.sizeBytes]);
  }
  return runs;
}

import type { ObjectStore } from "@strongroom/store";
import { allKeys } from "./opened-folder.ts";
import type { Sample } from "./sealed-samples.ts";

/** Answers that would make a caller believe there is no such object. */
const VANISHED = new Set(["NoSuchBucket", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed"]);

/** "" when all is right, a refusal's name, or what is wrong, which then begins with "wrong". */
export async function readSample(store: ObjectStore, sample: Sample, expected: Buffer): Promise<string> {
  let offset = 0;
  try {
    const { bucket, objectKey, versionId, scheme } = sample;
    const keys = allKeys(scheme === "sse-c");
    const opened = await store.openObject({ bucket, objectKey, versionId, keys });
    if (opened.version.sizeBytes !== sample.sizeBytes) return `wrong size ${opened.version.sizeBytes}`;
    for await (const piece of opened.read(0, opened.version.sizeBytes)) {
      const end = Math.min(offset + piece.length, expected.length);
      if (expected.compare(piece, 0, piece.length, offset, end) !== 0) return `wrong bytes at ${offset}`;
      offset += piece.length;
    }
    return offset === expected.length ? "" : `wrong end after ${offset} bytes`;
  } catch (error) {
    const name = nameOf(error);
    return VANISHED.has(name) ? `wrong answer ${name}` : name;
  }
}

export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

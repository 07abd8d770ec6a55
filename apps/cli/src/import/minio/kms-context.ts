import { damaged } from "../import-error.ts";

/**
 * The bytes that a wrapped key is bound to: the object's pairs and its place, as JSON with the names in the order of their bytes
 * (docs/format/minio-folder.md §5.1). `stored` is the JSON that is kept beside an SSE-KMS object; null for none.
 */
export function printKmsContext(stored: Buffer | null, bucket: string, path: string): Buffer {
  const pairs = new Map<string, string>(stored === null ? [] : parsePairs(stored));
  // A pair of the requester's own that is named like the bucket stays.
  if (!pairs.has(bucket)) pairs.set(bucket, path);
  const sorted = [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const printed = sorted.map(([name, value]) => `${printText(name)}:${printText(value)}`);
  return Buffer.from(`{${printed.join(",")}}`);
}

function parsePairs(stored: Buffer): readonly (readonly [string, string])[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stored.toString("utf8"));
  } catch {
    parsed = null;
  }
  if (typeof parsed !== "object" || parsed === null) throw damaged("an encryption context is no JSON object");
  return Object.entries(parsed).map(([name, value]) => [name, String(value)]);
}

/** Escapes what could end a script or a line in a page as well, as MinIO does. */
function printText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

import { type ChunkSignatures, requireEqualSignature } from "./chunk-signatures.ts";
import { malformedTrailer } from "./framing-error.ts";

const SIGNATURE_NAME = "x-amz-trailer-signature";

/**
 * Reads what follows the last chunk: `name:value` lines and an empty one. Exactly the announced names must be
 * there. Some clients end a line with a bare LF or put an empty line before the signature; both are read.
 * Throws MalformedTrailerError, SignatureDoesNotMatch.
 */
export function parseTrailer(
  block: Buffer,
  announced: readonly string[],
  signatures: ChunkSignatures | null,
): ReadonlyMap<string, string> {
  const text = block.toString("latin1");
  if (text !== "\r\n" && !text.endsWith("\r\n\r\n")) throw malformedTrailer();
  const fields = new Map<string, string>();
  for (const line of text.split("\n").map((entry) => entry.replace(/\r$/, ""))) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = line.slice(colon + 1);
    if (!/^[a-z0-9-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value) || fields.has(name))
      throw malformedTrailer();
    fields.set(name, value.trim());
  }
  const signature = fields.get(SIGNATURE_NAME);
  fields.delete(SIGNATURE_NAME);
  if (fields.size !== announced.length || !announced.every((name) => fields.has(name)))
    throw malformedTrailer();
  if (signatures !== null) {
    if (signature === undefined) throw malformedTrailer();
    const canonical = [...fields].map(([name, value]) => `${name}:${value}\n`).join("");
    requireEqualSignature(signatures.signTrailer(canonical), signature);
  }
  return fields;
}

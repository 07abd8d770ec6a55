/**
 * Canonical encodings: injective by construction, so that no two different inputs share bytes.
 * A sequence is each element as a four-byte big-endian length followed by its bytes.
 */
export function encodeSequence(elements: readonly (string | Uint8Array)[]): Buffer {
  const parts = elements.map((element) =>
    typeof element === "string" ? Buffer.from(element, "utf8") : element,
  );
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += 4 + part.length;
  const out = Buffer.allocUnsafe(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    offset = out.writeUInt32BE(part.length, offset);
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Pairs sorted by the UTF-8 bytes of their names, then encoded as one sequence. Names are unique by type. */
export function encodePairs(pairs: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(pairs).sort((a, b) =>
    Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8")),
  );
  return encodeSequence(names.flatMap((name) => [name, pairs[name] ?? ""]));
}

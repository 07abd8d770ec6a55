/**
 * Canonical encodings: injective by construction, so that no two different inputs share bytes.
 * A sequence is each element as a four-byte big-endian length followed by its bytes.
 */
export function encodeSequence(elements: readonly (string | Uint8Array)[]): Buffer {
  let sizeBytes = 0;
  for (const element of elements) sizeBytes += 4 + sizeOf(element);
  const out = Buffer.allocUnsafe(sizeBytes);
  let offset = 0;
  for (const element of elements) {
    const start = offset + 4;
    if (typeof element === "string") offset = start + out.write(element, start, "utf8");
    else {
      out.set(element, start);
      offset = start + element.length;
    }
    out.writeUInt32BE(offset - start, start - 4);
  }
  return out;
}

const sizeOf = (element: string | Uint8Array): number =>
  typeof element === "string" ? Buffer.byteLength(element, "utf8") : element.length;

/** Pairs sorted by the UTF-8 bytes of their names, then encoded as one sequence. Names are unique by type. */
export function encodePairs(pairs: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(pairs);
  // Code units sort as UTF-8 bytes do as long as there are no surrogates; this runs for every data key.
  if (names.every(isAscii)) names.sort();
  else names.sort((a, b) => Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8")));
  return encodeSequence(names.flatMap((name) => [name, pairs[name] ?? ""]));
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

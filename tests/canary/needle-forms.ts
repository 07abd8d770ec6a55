import { type DigestName, digestsOf } from "../harness/plain-digests.ts";
import type { Needle } from "./needle-scanner.ts";

/** Every form in which a text could lie on a disk: as it is, hex, base64 at each alignment, UTF-16. */
export function formsOfText(label: string, text: string): Needle[] {
  const utf8 = Buffer.from(text, "utf8");
  const wide = Buffer.from(text, "utf16le");
  return [
    ...formsOfBytes(label, utf8),
    { label: `${label} as UTF-16LE`, bytes: wide },
    { label: `${label} as UTF-16BE`, bytes: Buffer.from(wide).swap16() },
  ];
}

/** Raw, hex in both cases, base64 and base64url at each of the three alignments. */
export function formsOfBytes(label: string, bytes: Buffer): Needle[] {
  const forms = new Map<string, Buffer>([[`${label} raw`, bytes]]);
  forms.set(`${label} as hex`, Buffer.from(bytes.toString("hex")));
  forms.set(`${label} as HEX`, Buffer.from(bytes.toString("hex").toUpperCase()));
  // Short digests are only long enough to look for with their padding.
  if (bytes.length % 3 !== 0) forms.set(`${label} as padded base64`, Buffer.from(bytes.toString("base64")));
  for (const alignment of [0, 1, 2]) {
    for (const encoding of ["base64", "base64url"] as const) {
      const text = innerBase64(bytes, alignment, encoding);
      if (text.length >= 6) forms.set(`${label} as ${encoding}, alignment ${alignment}`, Buffer.from(text));
    }
  }
  const distinct = new Map<string, Needle>();
  for (const [form, needle] of forms) {
    const id = needle.toString("latin1");
    if (!distinct.has(id)) distinct.set(id, { label: form, bytes: needle });
  }
  return [...distinct.values()];
}

/** The characters that the bytes alone decide when they stand `alignment` bytes into a base64 text. */
function innerBase64(bytes: Buffer, alignment: number, encoding: "base64" | "base64url"): string {
  const text = Buffer.concat([Buffer.alloc(alignment), bytes])
    .toString(encoding)
    .replace(/=+$/, "");
  const firstWhole = Math.ceil((alignment * 8) / 6);
  const wholeUntil = Math.floor(((alignment + bytes.length) * 8) / 6);
  return text.slice(firstWhole, wholeUntil);
}

/** The forms of all digests of a body. Those of four bytes are kept apart: they are met by chance in megabytes. */
export function formsOfDigests(label: string, body: Uint8Array): { needles: Needle[]; short: Needle[] } {
  const needles: Needle[] = [];
  const short: Needle[] = [];
  for (const [name, digest] of Object.entries(digestsOf(body) satisfies Record<DigestName, Buffer>)) {
    for (const needle of formsOfBytes(`${name} of ${label}`, digest))
      if (digest.length === 4 || needle.bytes.length < 8) short.push(needle);
      else needles.push(needle);
    if (digest.length === 4)
      short.push({ label: `${name} of ${label} reversed`, bytes: Buffer.from(digest).reverse() });
    else if (digest.length === 8)
      needles.push({ label: `${name} of ${label} reversed`, bytes: Buffer.from(digest).reverse() });
  }
  return { needles, short };
}

import { createHash } from "node:crypto";

/** `"abc"` from `abc`. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}

/** Removes one pair of quotes and a weak prefix, if any. */
export function unquoteEtag(text: string): string {
  const strong = text.startsWith("W/") ? text.slice(2) : text;
  return strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong;
}

/** A parsed If-Match / If-None-Match: `"*"` or the unquoted ETags. */
export type EtagCondition = "*" | readonly string[];

export function parseEtagCondition(header: string): EtagCondition {
  const text = header.trim();
  if (text === "*") return "*";
  return text
    .split(",")
    .map((entry) => unquoteEtag(entry.trim()))
    .filter((entry) => entry !== "");
}

/** `etag` is unquoted. */
export function etagMatches(condition: EtagCondition, etag: string): boolean {
  return condition === "*" || condition.includes(etag);
}

/** Hex MD5 over the concatenated binary part ETags, `-`, number of parts. Part ETags are unquoted 32-digit hex. */
export function multipartEtag(partEtags: readonly string[]): string {
  const hash = createHash("md5");
  for (const etag of partEtags) {
    if (!/^[0-9a-f]{32}$/.test(etag)) throw new TypeError("a part ETag must be 32 hex digits");
    hash.update(etag, "hex");
  }
  return `${hash.digest("hex")}-${partEtags.length}`;
}

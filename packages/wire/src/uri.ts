import { WireError } from "./wire-error.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const PERCENT = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
);

/** S3's percent-encoding of UTF-8: everything but A–Z a–z 0–9 - _ . ~ (and `/` when `keepSlash`). */
export function encodeUri(text: string, options: { readonly keepSlash: boolean }): string {
  const plain = options.keepSlash ? /^[A-Za-z0-9\-_.~/]*$/ : /^[A-Za-z0-9\-_.~]*$/;
  if (plain.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    encoded +=
      isUnreserved(byte) || (byte === 0x2f && options.keepSlash) ? String.fromCharCode(byte) : PERCENT[byte];
  }
  return encoded;
}

/**
 * What `encoding-type=url` does to keys, prefixes, delimiters and markers in listings. A space becomes `%20`,
 * which every decoder of a query or of a path reads alike.
 */
export function encodeListedKey(text: string): string {
  return encodeUri(text, { keepSlash: true });
}

/** Percent-decodes a path without normalising it (`+`, `//`, `..` stay). Bad escapes or bad UTF-8: InvalidURI. */
export function decodePath(rawPath: string): string {
  return decodePercent(rawPath);
}

/** One parameter as it stood in the query; `raw…` undecoded. */
export interface QueryParameter {
  readonly rawName: string;
  readonly rawValue: string;
  readonly name: string;
  readonly value: string;
}

/** One request's query is asked for by routing, by its signature and by the canonical request, right after another. */
let lastParsed: { readonly rawQuery: string; readonly parameters: readonly QueryParameter[] } | null = null;

/** The parameters of a raw query (no `?`), in order. `+` is a space. Bad escapes: InvalidURI. */
export function parseQuery(rawQuery: string): readonly QueryParameter[] {
  if (lastParsed?.rawQuery === rawQuery) return lastParsed.parameters;
  const parameters = readParameters(rawQuery);
  lastParsed = { rawQuery, parameters };
  return parameters;
}

function readParameters(rawQuery: string): readonly QueryParameter[] {
  const parameters: QueryParameter[] = [];
  for (const pair of rawQuery.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const rawName = equals < 0 ? pair : pair.slice(0, equals);
    const rawValue = equals < 0 ? "" : pair.slice(equals + 1);
    parameters.push({ rawName, rawValue, name: decodeFormText(rawName), value: decodeFormText(rawValue) });
  }
  return parameters;
}

/** Raw path and raw query of a request target (`/a/b?x=y`). Absolute-form targets lose their origin. */
export function splitTarget(target: string): { readonly rawPath: string; readonly rawQuery: string } {
  const origin = target.startsWith("/") ? null : /^https?:\/\/[^/?#]*/i.exec(target);
  const local = origin === null ? target : target.slice(origin[0].length);
  const question = local.indexOf("?");
  const rawPath = question < 0 ? local : local.slice(0, question);
  if (rawPath !== "" && !rawPath.startsWith("/")) throw invalidUri();
  return { rawPath: rawPath === "" ? "/" : rawPath, rawQuery: question < 0 ? "" : local.slice(question + 1) };
}

function decodeFormText(raw: string): string {
  return decodePercent(raw.includes("+") ? raw.replaceAll("+", " ") : raw);
}

function decodePercent(raw: string): string {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(raw)) return raw;
  if (/^[\x20-\x7e]*$/.test(raw)) return decodeAscii(raw);
  // A target holds latin1 characters where a client sent bytes unescaped: they count as bytes.
  const bytes = Buffer.alloc(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length; at += 1) {
    let code = raw.charCodeAt(at);
    if (code > 0xff) throw invalidUri();
    if (code === 0x25) {
      const digits = raw.slice(at + 1, at + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw invalidUri();
      code = Number.parseInt(digits, 16);
      at += 2;
    }
    bytes[length] = code;
    length += 1;
  }
  try {
    return UTF8.decode(bytes.subarray(0, length));
  } catch (cause) {
    throw invalidUri(cause);
  }
}

/** The same for text without a byte sent unescaped, which is nearly all there is. */
function decodeAscii(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch (cause) {
    throw invalidUri(cause);
  }
}

function isUnreserved(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x5f ||
    byte === 0x2e ||
    byte === 0x7e
  );
}

function invalidUri(cause?: unknown): WireError {
  return new WireError("InvalidURI", "Couldn't parse the specified URI.", {}, cause);
}

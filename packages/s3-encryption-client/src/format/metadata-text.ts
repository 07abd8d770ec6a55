// JSON maps inside metadata values. S3 takes the UTF-8 bytes of a header for Latin-1 and gives them back as an RFC 2047
// encoded word, so what is not ASCII comes back encoded twice.
import type { Bytes } from "../bytes.ts";
import { decodeBase64 } from "./base64.ts";

/** Pairs of text: an encryption context, or a description of materials. */
export type TextMap = Readonly<Record<string, string>>;

const ENCODED_WORD = /=\?([A-Za-z0-9_-]{1,40})\?([BbQq])\?([^?\s]*)\?=/g;
const ONLY_ENCODED_WORDS = /^(?:\s*=\?[A-Za-z0-9_-]{1,40}\?[BbQq]\?[^?\s]*\?=)+\s*$/;
const NOT_ASCII = /[^\x20-\x7e]/g;

/**
 * A JSON object that is pure ASCII, so that it survives every header and signs alike everywhere. `=?` is escaped as
 * well: readers that decode encoded words anywhere in a value would mangle it.
 */
export function printTextMap(map: TextMap): string {
  return JSON.stringify(map)
    .replace(NOT_ASCII, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll("=?", "=\\u003f");
}

/** The pairs, `{}` for an absent or empty value, or null when it is anything but a JSON object of strings. */
export function parseTextMap(text: string | undefined): TextMap | null {
  if (text === undefined || text === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  // No prototype: a pair named "__proto__" stays a pair.
  const map: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== "string") return null;
    map[name] = value;
  }
  return map;
}

/**
 * What the writer of a header value meant: undoes the encoded words of S3 and takes Latin-1 characters for the UTF-8
 * bytes they are, both only where they are there. Plain ASCII passes unchanged.
 */
export function decodeHeaderText(value: string): string {
  const text = ONLY_ENCODED_WORDS.test(value) ? decodeEncodedWords(value) : value;
  if (text === null) return value;
  return decodeLatin1AsUtf8(text) ?? text;
}

/** Whether two maps have the same pairs. */
export function equalTextMaps(left: TextMap, right: TextMap): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && right[name] === left[name])
  );
}

/** The text of words that follow each other; a character may be cut between two of them. Null when one does not decode. */
function decodeEncodedWords(value: string): string | null {
  const bytes: number[] = [];
  for (const [, charset = "", encoding = "", payload = ""] of value.matchAll(ENCODED_WORD)) {
    if (!/^utf-?8$/i.test(charset)) return null;
    const decoded = encoding.toUpperCase() === "B" ? decodeBase64(payload) : decodeQ(payload);
    if (decoded === null) return null;
    for (const byte of decoded) bytes.push(byte);
  }
  return decodeUtf8(Uint8Array.from(bytes));
}

function decodeQ(payload: string): Bytes | null {
  const bytes: number[] = [];
  for (let at = 0; at < payload.length; at++) {
    const char = payload.charAt(at);
    if (char === "=") {
      const digits = payload.slice(at + 1, at + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return null;
      bytes.push(Number.parseInt(digits, 16));
      at += 2;
    } else {
      const code = char === "_" ? 0x20 : char.charCodeAt(0);
      if (code > 0x7e) return null;
      bytes.push(code);
    }
  }
  return Uint8Array.from(bytes);
}

/** Null when there is nothing to undo: plain ASCII, a character past Latin-1, or bytes that are no UTF-8. */
function decodeLatin1AsUtf8(text: string): string | null {
  const bytes = new Uint8Array(text.length);
  let isAscii = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) return null;
    if (code > 0x7f) isAscii = false;
    bytes[at] = code;
  }
  return isAscii ? null : decodeUtf8(bytes);
}

function decodeUtf8(bytes: Bytes): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

import type { Bytes } from "../bytes.ts";

const STANDARD = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CHUNK = 0x2000;

/** Standard alphabet, padded, no line breaks. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** The bytes, or null for anything but the one canonical encoding of them. */
export function decodeBase64(text: string): Bytes | null {
  if (!STANDARD.test(text)) return null;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  // Bits past the last byte must be zero, or two texts would stand for the same bytes.
  return text.length > 0 &&
    encodeBase64(bytes.subarray(bytes.length - (bytes.length % 3 || 3))) !== text.slice(-4)
    ? null
    : bytes;
}

/**
 * RFC 2047 words in user metadata. Header values are latin1; a client that means other characters sends encoded
 * words, which are decoded for keeping and encoded again, when the text needs it, for answering.
 */
const ENCODED_WORD = /=\?([A-Za-z0-9-]+)\?([BbQq])\?([^?\s]*)\?=/g;
const GAP_BETWEEN_WORDS = /(\?=)[ \t\r\n]+(?==\?[A-Za-z0-9-]+\?[BbQq]\?)/g;
const PLAIN = /^[\t\x20-\x7e]*$/;
const Q_SPECIALS = "=_?";

/** Decodes every encoded word of a charset known here (UTF-8, US-ASCII, ISO-8859-1); the rest stays as it is. */
export function decodeWords(text: string): string {
  if (!text.includes("=?")) return text;
  return text
    .replace(GAP_BETWEEN_WORDS, "$1")
    .replace(ENCODED_WORD, (word, charset: string, encoding: string, payload: string) => {
      const bytes = encoding.toUpperCase() === "B" ? Buffer.from(payload, "base64") : decodeQ(payload);
      switch (charset.toUpperCase()) {
        case "UTF-8":
        case "US-ASCII":
          return bytes.toString("utf8");
        case "ISO-8859-1":
          return bytes.toString("latin1");
        default:
          return word;
      }
    });
}

/**
 * The text itself when it is printable ASCII, else one UTF-8 encoded word: Q when most characters are plain, B
 * otherwise. Never contains a control character, so it cannot break out of a header.
 */
export function encodeWord(text: string): string {
  if (PLAIN.test(text)) return text;
  let plain = 0;
  for (let at = 0; at < text.length; at++) if (isPlain(text.charCodeAt(at))) plain++;
  const bytes = Buffer.from(text, "utf8");
  return plain > text.length - plain
    ? `=?UTF-8?Q?${encodeQ(bytes)}?=`
    : `=?UTF-8?B?${bytes.toString("base64")}?=`;
}

function isPlain(code: number): boolean {
  return code === 0x09 || (code >= 0x20 && code <= 0x7e);
}

function encodeQ(bytes: Buffer): string {
  let encoded = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) encoded += "_";
    else if (byte > 0x20 && byte <= 0x7e && !Q_SPECIALS.includes(character)) encoded += character;
    else encoded += `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

function decodeQ(payload: string): Buffer {
  const latin1 = payload
    .replaceAll("_", " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(latin1, "latin1");
}

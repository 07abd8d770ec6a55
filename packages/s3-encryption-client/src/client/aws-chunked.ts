// S3's transfer coding "aws-chunked" without signatures, as the SDK itself uses it for streams: the checksum comes behind the body.

import { utf8 } from "../bytes.ts";
import { encodeBase64 } from "../format/base64.ts";
import type { Crc32 } from "../platform/platform.ts";
import { type ReplayablePieces, sizeOf } from "./replayable-pieces.ts";

const CHECKSUM = "x-amz-checksum-crc32";
const CRLF = "\r\n";
/** `name:value`, of which the value is four bytes in base64. */
const TRAILER_BYTES = CHECKSUM.length + 1 + 8;

/** Headers that announce such a body. They are part of the signature; the body is not. */
export function describeChunked(
  pieces: ReplayablePieces,
  contentEncoding: string | undefined,
): Readonly<Record<string, string>> {
  return {
    "content-encoding": contentEncoding === undefined ? "aws-chunked" : `${contentEncoding},aws-chunked`,
    "content-length": String(encodedBytes(pieces.sizes)),
    "x-amz-decoded-content-length": String(sizeOf(pieces)),
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": CHECKSUM,
  };
}

/** One chunk for each piece, the end, and the checksum of all of it. */
export async function* encodeChunked(
  { sizes, piece }: ReplayablePieces,
  crc32: Crc32,
): AsyncGenerator<Uint8Array> {
  let checksum = 0;
  for (const [index, size] of sizes.entries()) {
    yield utf8((index === 0 ? "" : CRLF) + size.toString(16) + CRLF);
    const bytes = await piece(index);
    checksum = crc32(bytes, checksum);
    yield bytes;
  }
  const printed = new Uint8Array(4);
  new DataView(printed.buffer).setUint32(0, checksum);
  yield utf8(`${CRLF}0${CRLF}${CHECKSUM}:${encodeBase64(printed)}${CRLF}${CRLF}`);
}

function encodedBytes(sizes: readonly number[]): number {
  const chunks = sizes.reduce(
    (sum, size) => sum + size.toString(16).length + CRLF.length + size + CRLF.length,
    0,
  );
  return chunks + "0".length + CRLF.length + TRAILER_BYTES + 2 * CRLF.length;
}

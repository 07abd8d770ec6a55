import { createHash } from "node:crypto";
import type { StreamingPayload } from "../sigv4/request-signature.ts";
import { WireError } from "../wire-error.ts";
import { ByteReader } from "./byte-reader.ts";
import { ChunkSignatures, type ChunkSigningContext, requireEqualSignature } from "./chunk-signatures.ts";
import { truncatedBody, wrongDecodedSize } from "./framing-error.ts";
import { parseTrailer } from "./trailer.ts";

export interface AwsChunkedOptions {
  readonly payload: StreamingPayload;
  /** x-amz-decoded-content-length. */
  readonly decodedSizeBytes: number;
  /** Required when `payload.signed`. */
  readonly signing?: ChunkSigningContext | undefined;
  /** Lower-case names announced by x-amz-trailer: exactly these must arrive when the payload has a trailer. */
  readonly trailerNames?: readonly string[] | undefined;
  /** Default 16 MiB when signed (a chunk is held until its signature is checked), else unlimited. */
  readonly chunkSizeLimitBytes?: number | undefined;
}

/** The decoded body. Consume once; `trailers` is complete only after the iteration ended. */
export interface AwsChunkedBody extends AsyncIterable<Uint8Array> {
  readonly trailers: ReadonlyMap<string, string>;
}

const HEADER_LIMIT_BYTES = 4096;
const TRAILER_LIMIT_BYTES = 16_384;
const HELD_CHUNK_LIMIT_BYTES = 16 * 1024 * 1024;
/** Every chunk but the last must hold this much. */
const CHUNK_MINIMUM_BYTES = 8192;

/**
 * Removes aws-chunked framing and verifies chunk signatures, trailer signature and decoded length as bytes flow.
 * Bytes of a signed chunk are yielded only after its signature held; what is yielded are views of the source's
 * buffers. Throws `WireError`: IncompleteBody, InvalidChunkSizeError, MalformedTrailerError, SignatureDoesNotMatch.
 */
export function decodeAwsChunked(
  source: AsyncIterable<Uint8Array>,
  options: AwsChunkedOptions,
): AwsChunkedBody {
  const { payload, signing } = options;
  if (payload.signed && signing === undefined) throw new TypeError("signed chunks need a signing context");
  const signatures = payload.signed && signing !== undefined ? new ChunkSignatures(signing) : null;
  const trailers = new Map<string, string>();
  return {
    trailers,
    async *[Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      const reader = new ByteReader(iterator);
      let finished = false;
      try {
        yield* decodeChunks(reader, options, signatures);
        const rest = await reader.readRest(payload.trailer ? TRAILER_LIMIT_BYTES : 2);
        if (payload.trailer) {
          const parsed = parseTrailer(rest, options.trailerNames ?? [], signatures);
          for (const [name, value] of parsed) trailers.set(name, value);
        } else if (rest.toString("latin1") !== "\r\n") throw truncatedBody();
        finished = true;
      } finally {
        if (!finished) await iterator.return?.();
      }
    },
  };
}

async function* decodeChunks(
  reader: ByteReader,
  options: AwsChunkedOptions,
  signatures: ChunkSignatures | null,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { decodedSizeBytes } = options;
  const limit =
    options.chunkSizeLimitBytes ?? (signatures === null ? Number.MAX_SAFE_INTEGER : HELD_CHUNK_LIMIT_BYTES);
  let decodedBytes = 0;
  let previousSizeBytes = CHUNK_MINIMUM_BYTES;
  for (;;) {
    const header = parseChunkHeader(await reader.readLine(HEADER_LIMIT_BYTES), signatures !== null);
    const { sizeBytes } = header;
    if (sizeBytes > 0 && previousSizeBytes < CHUNK_MINIMUM_BYTES) throw smallChunk();
    if (sizeBytes > limit) throw largeChunk(limit);
    decodedBytes += sizeBytes;
    if (decodedBytes > decodedSizeBytes || (sizeBytes === 0 && decodedBytes < decodedSizeBytes)) {
      throw wrongDecodedSize();
    }
    if (signatures === null) yield* readData(reader, sizeBytes);
    else yield* await readSignedData(reader, sizeBytes, header.signature, signatures);
    if (sizeBytes === 0) return;
    await reader.requireLineEnd();
    previousSizeBytes = sizeBytes;
  }
}

async function* readData(reader: ByteReader, sizeBytes: number): AsyncGenerator<Buffer, void, undefined> {
  for (let left = sizeBytes; left > 0; ) {
    const bytes = await reader.readSome(left);
    left -= bytes.length;
    yield bytes;
  }
}

async function readSignedData(
  reader: ByteReader,
  sizeBytes: number,
  signature: string,
  signatures: ChunkSignatures,
): Promise<readonly Buffer[]> {
  const held: Buffer[] = [];
  const digest = createHash("sha256");
  for await (const bytes of readData(reader, sizeBytes)) {
    digest.update(bytes);
    held.push(bytes);
  }
  requireEqualSignature(signatures.signChunk(digest.digest("hex")), signature);
  return held;
}

function parseChunkHeader(line: string, signed: boolean): { sizeBytes: number; signature: string } {
  const match = /^([0-9A-Fa-f]{1,13})(?:;chunk-signature=([0-9A-Fa-f]{64}))?$/.exec(line);
  const [, size = "", signature = ""] = match ?? [];
  if (match === null || (signed && signature === "")) throw truncatedBody();
  return { sizeBytes: Number.parseInt(size, 16), signature };
}

function smallChunk(): WireError {
  return new WireError(
    "InvalidChunkSizeError",
    `Only the last chunk is allowed to have a size less than ${CHUNK_MINIMUM_BYTES} bytes`,
  );
}

function largeChunk(limitBytes: number): WireError {
  return new WireError("InvalidChunkSizeError", `A chunk must not be larger than ${limitBytes} bytes`);
}

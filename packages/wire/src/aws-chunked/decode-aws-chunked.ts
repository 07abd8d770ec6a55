import type { KeyObject } from "node:crypto";
import type { CredentialScope, StreamingPayload } from "../sigv4/request-signature.ts";

/** What chunk signatures are chained from; see `verifySignature`. */
export interface ChunkSigningContext {
  readonly signingKey: KeyObject;
  readonly scope: CredentialScope;
  readonly amzDate: string;
  /** The request's own signature, 64 hex digits. */
  readonly seedSignature: string;
}

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

/**
 * Removes aws-chunked framing and verifies chunk signatures, trailer signature and decoded length as bytes flow.
 * Bytes of a signed chunk are yielded only after its signature held. Throws `WireError`.
 */
export function decodeAwsChunked(
  _source: AsyncIterable<Uint8Array>,
  _options: AwsChunkedOptions,
): AwsChunkedBody {
  throw new Error("unbuilt");
}

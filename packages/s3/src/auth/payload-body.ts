import { createHash, type Hash, hash, timingSafeEqual } from "node:crypto";
import { type AwsChunkedBody, decodeAwsChunked } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { requireDecodedSize } from "../http/body-integrity.ts";
import type { Authentication } from "./authenticator.ts";

/** The data body of an authenticated request: framing removed, what was signed about it checked as it flows. */
export interface PayloadBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** The same body when it is aws-chunked, else null. */
  readonly chunked: AwsChunkedBody | null;
}

/** Throws MissingContentLength for an aws-chunked body without its decoded length. */
export function openPayload(
  source: AsyncIterable<Uint8Array>,
  authentication: Authentication,
  header: (name: string) => string | undefined,
): PayloadBody {
  const { signature } = authentication;
  const payload = signature === null ? authentication.payload : signature.payload;
  if (payload.kind === "sha256") return { body: new Sha256CheckedBody(source, payload.hex), chunked: null };
  if (payload.kind !== "streaming") return { body: source, chunked: null };
  const trailer = header("x-amz-trailer");
  const chunked = decodeAwsChunked(source, {
    payload,
    decodedSizeBytes: requireDecodedSize({ header }),
    signing: payload.signed ? chunkSigning(authentication) : undefined,
    trailerNames: trailer?.split(",").map((name) => name.trim().toLowerCase()),
  });
  return { body: chunked, chunked };
}

/** What signed chunks are checked against. Throws AccessDenied where nothing was signed: nobody made such chunks [L-162]. */
function chunkSigning(authentication: Authentication) {
  if (authentication.signature === null) throw s3Error("AccessDenied");
  const { signature, signingKey } = authentication;
  return {
    signingKey,
    scope: signature.scope,
    amzDate: signature.amzDate,
    seedSignature: signature.signature,
  };
}

/** Passes a body through and throws XAmzContentSHA256Mismatch at its end when it is not the one that was signed. */
class Sha256CheckedBody implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #expectedHex: string;

  constructor(source: AsyncIterable<Uint8Array>, expectedHex: string) {
    this.#source = source;
    this.#expectedHex = expectedHex;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const source = this.#source[Symbol.asyncIterator]();
    let only: Uint8Array | null = null;
    let running: Hash | null = null;
    return {
      next: async () => {
        const result = await source.next();
        if (result.done === true) {
          // A body of one piece, which most are, is hashed in one call.
          this.#verify(running?.digest("hex") ?? hash("sha256", only ?? new Uint8Array(0), "hex"));
          return result;
        }
        if (running !== null) {
          running.update(result.value);
        } else if (only === null) {
          only = result.value;
        } else {
          running = createHash("sha256").update(only).update(result.value);
          only = null;
        }
        return result;
      },
      return: async () => (await source.return?.()) ?? { done: true, value: undefined },
    };
  }

  #verify(computedHex: string): void {
    if (timingSafeEqual(Buffer.from(computedHex), Buffer.from(this.#expectedHex))) return;
    throw s3Error("XAmzContentSHA256Mismatch", {
      fields: {
        ClientComputedContentSHA256: this.#expectedHex,
        S3ComputedContentSHA256: computedHex,
      },
    });
  }
}

import { hash, type KeyObject } from "node:crypto";
import type { CredentialScope } from "../sigv4/request-signature.ts";
import { printScope, signString } from "../sigv4/string-to-sign.ts";
import { signaturesEqual } from "../sigv4/verify-signature.ts";
import { WireError } from "../wire-error.ts";

/** What chunk signatures are chained from. */
export interface ChunkSigningContext {
  readonly signingKey: KeyObject;
  readonly scope: CredentialScope;
  readonly amzDate: string;
  /** The request's own signature, 64 hex digits. */
  readonly seedSignature: string;
}

const EMPTY_SHA256_HEX = hash("sha256", "", "hex");

/** The chain of signatures of one body: each covers the one before it (SigV4, "Transferring payload in multiple chunks"). */
export class ChunkSignatures {
  readonly #context: ChunkSigningContext;
  #previous: string;

  constructor(context: ChunkSigningContext) {
    this.#context = context;
    this.#previous = context.seedSignature;
  }

  /** The signature of the next chunk, whose data has the given hex SHA-256. */
  signChunk(dataSha256Hex: string): string {
    return this.#sign("AWS4-HMAC-SHA256-PAYLOAD", `${EMPTY_SHA256_HEX}\n${dataSha256Hex}`);
  }

  /** The signature over the trailer, written as `name:value\n` per line. */
  signTrailer(canonicalTrailer: string): string {
    return this.#sign(
      "AWS4-HMAC-SHA256-TRAILER",
      hash("sha256", Buffer.from(canonicalTrailer, "latin1"), "hex"),
    );
  }

  #sign(algorithm: string, digests: string): string {
    const { signingKey, scope, amzDate } = this.#context;
    const text = `${algorithm}\n${amzDate}\n${printScope(scope)}\n${this.#previous}\n${digests}`;
    this.#previous = signString(signingKey, text);
    return this.#previous;
  }
}

/** Throws SignatureDoesNotMatch; constant time. */
export function requireEqualSignature(calculated: string, provided: string): void {
  if (signaturesEqual(calculated, provided)) return;
  throw new WireError(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  );
}

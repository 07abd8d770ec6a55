import type { KeyObject } from "node:crypto";
import type { RequestSignature, SignableRequest } from "./request-signature.ts";

export interface SignatureVerification {
  readonly request: SignableRequest;
  readonly signature: RequestSignature;
  readonly signingKey: KeyObject;
  /** Lower-case hex SHA-256 of the body; needed for payload kind "body" only. */
  readonly bodySha256Hex?: string | undefined;
}

/** Throws SignatureDoesNotMatch, with secrets left out of its details. Comparison takes constant time. */
export function verifySignature(_input: SignatureVerification): void {
  throw new Error("unbuilt");
}

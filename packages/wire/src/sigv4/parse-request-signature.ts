import type { RequestSignature, SignableRequest } from "./request-signature.ts";

export interface SignatureExpectation {
  readonly nowMs: number;
  /** The region the scope must name. */
  readonly region: string;
  /** Services the scope may name, e.g. `["s3"]` or `["s3", "kms", "iam", "sts"]`. */
  readonly services: readonly string[];
}

/**
 * Reads the signature of a request from its Authorization header or its presigned query; null when it has none
 * (anonymous). Checks form, credential scope, clock (±15 minutes), expiry (1…604,800 s) and that `host` and
 * every `x-amz-*` header sent is signed. Throws `WireError` with S3's code and message.
 */
export function parseRequestSignature(
  _request: SignableRequest,
  _expected: SignatureExpectation,
): RequestSignature | null {
  throw new Error("unbuilt");
}

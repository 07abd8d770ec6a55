import { type KeyObject, timingSafeEqual } from "node:crypto";
import { WireError } from "../wire-error.ts";
import { type CanonicalOptions, canonicalRequest } from "./canonical-request.ts";
import { printPayloadHash } from "./payload-mode.ts";
import type { RequestSignature, SignableRequest } from "./request-signature.ts";
import { signString, stringToSign } from "./string-to-sign.ts";

export interface SignatureVerification {
  readonly request: SignableRequest;
  readonly signature: RequestSignature;
  readonly signingKey: KeyObject;
  /** Lower-case hex SHA-256 of the body; needed for payload kind "body" only (default: an empty body). */
  readonly bodySha256Hex?: string | undefined;
}

const NON_ASCII = /[^\x00-\x7f]/;
const SECRET_FIELDS = /customer-key$|^x-amz-security-token$|^authorization$|^cookie$/;

/**
 * Throws SignatureDoesNotMatch unless the signature is that of the request under `signingKey`. Every comparison
 * takes constant time. The details hold AWS's debugging fields, without customer keys and session tokens.
 */
export function verifySignature(input: SignatureVerification): void {
  const { request, signature, signingKey, bodySha256Hex } = input;
  const options: CanonicalOptions = {
    service: signature.scope.service,
    signedHeaders: signature.signedHeaders,
    payloadHash: printPayloadHash(signature.payload, bodySha256Hex),
  };
  const exact = canonicalRequest(request, options);
  if (isSigned(exact, signature, signingKey)) return;
  const asSent = canonicalRequest(request, { ...options, spelling: "as-sent" });
  if (asSent !== exact && isSigned(asSent, signature, signingKey)) return;
  throw mismatch(input, options, exact);
}

/** Compares two signatures in hex without telling by time where they differ. */
export function signaturesEqual(a: string, b: string): boolean {
  const bytesA = Buffer.from(a, "latin1");
  const bytesB = Buffer.from(b, "latin1");
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}

function isSigned(canonical: string, signature: RequestSignature, signingKey: KeyObject): boolean {
  // Header bytes above 0x7F: most clients sign the bytes they send, some sign UTF-8 and send Latin-1.
  const encodings = NON_ASCII.test(canonical) ? (["latin1", "utf8"] as const) : (["latin1"] as const);
  return encodings.some((encoding) => {
    const text = stringToSign(signature.amzDate, signature.scope, canonical, encoding);
    return signaturesEqual(signString(signingKey, text), signature.signature);
  });
}

function mismatch(input: SignatureVerification, options: CanonicalOptions, canonical: string): WireError {
  const { request, signature } = input;
  const shown = canonicalRequest(request, { ...options, redact });
  const text = stringToSign(signature.amzDate, signature.scope, canonical);
  const message =
    "The request signature we calculated does not match the signature you provided. " +
    "Check your key and signing method.";
  return new WireError("SignatureDoesNotMatch", message, {
    AWSAccessKeyId: signature.accessKeyId,
    StringToSign: text,
    SignatureProvided: signature.signature,
    StringToSignBytes: printBytes(text),
    CanonicalRequest: shown,
    CanonicalRequestBytes: printBytes(shown),
  });
}

function redact(name: string, value: string): string {
  return SECRET_FIELDS.test(name) ? "[secret]" : value;
}

function printBytes(text: string): string {
  return Buffer.from(text, "latin1")
    .toString("hex")
    .replace(/(..)(?!$)/g, "$1 ");
}

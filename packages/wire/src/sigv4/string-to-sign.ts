import { createHmac, hash, type KeyObject } from "node:crypto";
import type { CredentialScope } from "./request-signature.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const SCOPE_TERMINAL = "aws4_request";

/** `YYYYMMDD/region/service/aws4_request` */
export function printScope(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/${SCOPE_TERMINAL}`;
}

/** `encoding` says which bytes the header values of the canonical request stand for. */
export function stringToSign(
  amzDate: string,
  scope: CredentialScope,
  canonical: string,
  encoding: "latin1" | "utf8" = "latin1",
): string {
  const digest = hash("sha256", Buffer.from(canonical, encoding), "hex");
  return `${ALGORITHM}\n${amzDate}\n${printScope(scope)}\n${digest}`;
}

/** Hex HMAC-SHA-256 of a string to sign. */
export function signString(signingKey: KeyObject, text: string): string {
  return createHmac("sha256", signingKey).update(text).digest("hex");
}

import { WireError } from "../wire-error.ts";
import type { SignableRequest } from "./request-signature.ts";

// The payload hash is a line of the canonical request of its own, so it is bound whether or not it is listed.
const BOUND_ANYWAY = "x-amz-content-sha256";

/** Lower case and sorted; null when the list is empty or holds what is no header name. */
export function parseSignedHeaders(text: string): readonly string[] | null {
  const names = text.split(";").map((name) => name.trim().toLowerCase());
  if (!names.every((name) => /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))) return null;
  return [...new Set(names)].sort();
}

/**
 * Throws AccessDenied with `HeadersNotSigned` unless `host` and every `x-amz-*` header sent is signed [L-160]:
 * what is not signed could have been added on the way.
 */
export function requireSignedHeaders(request: SignableRequest, signedHeaders: readonly string[]): void {
  const unsigned: string[] = [];
  for (const name of request.headers.keys()) {
    const mustBeSigned = (name.startsWith("x-amz-") && name !== BOUND_ANYWAY) || name === "host";
    if (mustBeSigned && !signedHeaders.includes(name)) unsigned.push(name);
  }
  if (!signedHeaders.includes("host") && !unsigned.includes("host")) unsigned.push("host");
  if (unsigned.length === 0) return;
  throw new WireError("AccessDenied", "There were headers present in the request which were not signed", {
    HeadersNotSigned: unsigned.sort().join(", "),
  });
}

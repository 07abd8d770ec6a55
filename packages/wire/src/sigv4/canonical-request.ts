import { decodePath, encodeUri, parseQuery, splitTarget } from "../uri.ts";
import type { SignableRequest } from "./request-signature.ts";

const SIGNATURE = "x-amz-signature";
/** Unreserved characters, and escapes, in upper case, of what is not unreserved. */
const CANONICAL = /^(?:[A-Za-z0-9\-_.~]|%(?!2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])[0-9A-F]{2})*$/;

/** A query of nothing but such names and values. */
const CANONICAL_QUERY =
  /^(?:[A-Za-z0-9\-_.~=&]|%(?!2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])[0-9A-F]{2})*$/;

export interface CanonicalOptions {
  readonly service: string;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** Value of the last line. */
  readonly payloadHash: string;
  /**
   * "exact": path and query are decoded and encoded anew, so that two spellings of one target sign alike.
   * "as-sent": they are taken as they stand on the wire, for clients that sign their own looser spelling.
   */
  readonly spelling?: "exact" | "as-sent" | undefined;
  /** Replaces the value of a signed header or of a query parameter: how secrets are kept out of error documents. */
  readonly redact?: ((name: string, value: string) => string) | undefined;
}

/**
 * The canonical request (SigV4, "Create a canonical request"). An S3 path is encoded once, another
 * service's as it stands on the wire is encoded once more; paths are never normalised. X-Amz-Signature is left out of the query. Throws InvalidURI.
 */
export function canonicalRequest(request: SignableRequest, options: CanonicalOptions): string {
  const { rawPath, rawQuery } = splitTarget(request.target);
  const asSent = options.spelling === "as-sent";
  const redact = options.redact ?? keep;
  const path = asSent ? rawPath : canonicalPath(rawPath, options.service);
  const query = canonicalQuery(rawQuery, asSent, redact);
  let headers = "";
  for (const name of options.signedHeaders) {
    headers += `${name}:${redact(name, canonicalHeaderValue(request.headers.get(name) ?? ""))}\n`;
  }
  return `${request.method}\n${path}\n${query}\n${headers}\n${options.signedHeaders.join(";")}\n${options.payloadHash}`;
}

function canonicalPath(rawPath: string, service: string): string {
  if (rawPath === "/") return rawPath;
  const text = service === "s3" ? decodePath(rawPath) : Buffer.from(rawPath, "latin1").toString("utf8");
  return encodeUri(text, { keepSlash: true });
}

function canonicalQuery(
  rawQuery: string,
  asSent: boolean,
  redact: (name: string, value: string) => string,
): string {
  if (rawQuery === "") return "";
  const ready = redact === keep ? canonicalAsSent(rawQuery) : null;
  if (ready !== null) return ready;
  const pairs: [string, string][] = [];
  for (const parameter of parseQuery(rawQuery)) {
    const lowerName = parameter.name.toLowerCase();
    if (lowerName === SIGNATURE) continue;
    const value = redact(
      lowerName,
      asSent ? parameter.rawValue : encodeAgain(parameter.rawValue, parameter.value),
    );
    pairs.push([asSent ? parameter.rawName : encodeAgain(parameter.rawName, parameter.name), value]);
  }
  // The encoded text is ASCII, so comparing UTF-16 units compares bytes.
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

/** The query without its signature where a client sent it sorted and spelled as it should be, as SDKs do; else null. */
function canonicalAsSent(rawQuery: string): string | null {
  if (!CANONICAL_QUERY.test(rawQuery)) return null;
  let canonical = "";
  let lastName = "";
  for (const pair of rawQuery.split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 1 || pair.indexOf("=", equals + 1) >= 0) return null;
    const name = pair.slice(0, equals);
    if (name.length === SIGNATURE.length && name.toLowerCase() === SIGNATURE) continue;
    if (name <= lastName) return null;
    lastName = name;
    canonical += canonical === "" ? pair : `&${pair}`;
  }
  return canonical;
}

/** `encodeUri(decoded)`, which is `raw` itself when that is spelled as it should be. */
function encodeAgain(raw: string, decoded: string): string {
  return CANONICAL.test(raw) ? raw : encodeUri(decoded, { keepSlash: false });
}

function canonicalHeaderValue(value: string): string {
  return value.includes("  ") || value.includes("\t") ? value.trim().replace(/[ \t]+/g, " ") : value.trim();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function keep(_name: string, value: string): string {
  return value;
}

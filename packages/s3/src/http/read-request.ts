import type { IncomingMessage } from "node:http";
import type { TransportFacts } from "@strongroom/iam";
import { headersFromRaw, parseQuery, resolveAddress } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { RouteLevel } from "../operation.ts";

/** A request as it stands on the wire: addressed and split, not yet authenticated. */
export interface RawRequest {
  readonly method: string;
  /** The request target exactly as received; what signatures are computed over. */
  readonly target: string;
  readonly level: RouteLevel;
  readonly bucket: string | null;
  readonly objectKey: string | null;
  /** Lower-case names, duplicates joined by ",". */
  readonly headers: ReadonlyMap<string, string>;
  /** Parameters that are no headers in disguise; the first value wins. */
  readonly query: ReadonlyMap<string, string>;
  /** `x-amz-*` parameters of a presigned query: they count as headers. Empty when the request is not presigned. */
  readonly hoistedHeaders: ReadonlyMap<string, string>;
  readonly transport: TransportFacts;
}

const HEADER_COUNT_LIMIT = 200;
const QUERY_COUNT_LIMIT = 200;
const OBJECT_KEY_LIMIT_BYTES = 1024;
/** A second one of these would make the request mean two things. */
const SINGLE_HEADERS = [
  "authorization",
  "content-length",
  "content-md5",
  "host",
  "x-amz-content-sha256",
  "x-amz-copy-source",
  "x-amz-date",
  "x-amz-decoded-content-length",
  "x-amz-security-token",
];
const NO_ENTRIES: ReadonlyMap<string, string> = new Map();

/**
 * Takes a request apart without judging who sent it. `domains` are the base domains of virtual-host style.
 * Throws InvalidURI, InvalidRequest, KeyTooLongError.
 */
export function readRequest(
  message: IncomingMessage,
  domains: readonly string[],
  transport: TransportFacts,
): RawRequest {
  const headers = readHeaders(message.rawHeaders);
  const target = message.url ?? "";
  const address = resolveAddress(target, headers.get("host"), domains);
  if (address.objectKey !== null) requireObjectKey(address.objectKey);
  const { query, hoistedHeaders } = readQuery(address.rawQuery);
  return {
    method: message.method ?? "",
    target,
    level: address.bucket === null ? "service" : address.objectKey === null ? "bucket" : "object",
    bucket: address.bucket,
    objectKey: address.objectKey,
    headers,
    query,
    hoistedHeaders,
    transport,
  };
}

function readHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const count = rawHeaders.length / 2;
  if (count > HEADER_COUNT_LIMIT) throw s3Error("RequestHeaderSectionTooLarge");
  const headers = headersFromRaw(rawHeaders);
  if (headers.size === count) return headers;
  for (const name of SINGLE_HEADERS) {
    const lines = rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name);
    if (lines.length > 1) throw s3Error("InvalidRequest", { message: `The ${name} header was sent twice.` });
  }
  return headers;
}

function readQuery(rawQuery: string): Pick<RawRequest, "query" | "hoistedHeaders"> {
  if (rawQuery === "") return { query: NO_ENTRIES, hoistedHeaders: NO_ENTRIES };
  const parameters = parseQuery(rawQuery);
  if (parameters.length > QUERY_COUNT_LIMIT) throw s3Error("InvalidURI");
  const presigned = parameters.some(({ name }) => name === "X-Amz-Algorithm" || name === "X-Amz-Signature");
  const query = new Map<string, string>();
  const hoistedHeaders = new Map<string, string>();
  for (const { name, value } of parameters) {
    const lower = name.toLowerCase();
    if (lower.includes("server-side-encryption-customer-key")) {
      // A URL is logged by everything it passes: a key in it is no longer secret.
      throw s3Error("InvalidRequest", {
        message: "Keys of Server Side Encryption with Customer provided keys must be sent in headers.",
      });
    }
    if (presigned && lower.startsWith("x-amz-")) {
      if (isHoistable(lower) && !hoistedHeaders.has(lower)) hoistedHeaders.set(lower, value);
    } else if (!query.has(name)) {
      query.set(name, value);
    }
  }
  return { query, hoistedHeaders };
}

/**
 * The signature's own parameters are not headers. Checksums that a presigner put into the URL were computed over
 * no body at all, and S3 stores the object without looking at them.
 */
function isHoistable(name: string): boolean {
  switch (name) {
    case "x-amz-algorithm":
    case "x-amz-credential":
    case "x-amz-date":
    case "x-amz-expires":
    case "x-amz-signature":
    case "x-amz-signedheaders":
    case "x-amz-security-token":
    case "x-amz-content-sha256":
    case "x-amz-sdk-checksum-algorithm":
      return false;
    default:
      return !name.startsWith("x-amz-checksum-");
  }
}

function requireObjectKey(objectKey: string): void {
  if (objectKey.includes("\0")) throw s3Error("InvalidURI");
  // Cheap bounds first: UTF-8 takes at least one byte and at most three per UTF-16 unit.
  if (objectKey.length * 3 <= OBJECT_KEY_LIMIT_BYTES) return;
  const sizeBytes = Buffer.byteLength(objectKey, "utf8");
  if (sizeBytes <= OBJECT_KEY_LIMIT_BYTES) return;
  throw s3Error("KeyTooLongError", {
    fields: { Size: String(sizeBytes), MaxSizeAllowed: String(OBJECT_KEY_LIMIT_BYTES) },
  });
}

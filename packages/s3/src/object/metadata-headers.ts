import type { ObjectAttributes, ObjectHeaders } from "@strongroom/store";
import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { S3Response } from "../http/s3-response.ts";
import { decodeWords, encodeWord } from "./encoded-word.ts";

const META_PREFIX = "x-amz-meta-";
export const MAX_USER_METADATA_BYTES = 2048;
const DEFAULT_CONTENT_TYPE = "binary/octet-stream";
/** What no header value can hold (RFC 9110 §5.5), and what no header name can. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;
const EACH_UNSENDABLE = new RegExp(UNSENDABLE, "gu");
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/;

/** Response header names of the system metadata, in the order they are answered. */
const HEADER_NAMES = {
  contentType: "content-type",
  contentEncoding: "content-encoding",
  contentDisposition: "content-disposition",
  contentLanguage: "content-language",
  cacheControl: "cache-control",
  expires: "expires",
  websiteRedirectLocation: "x-amz-website-redirect-location",
} as const satisfies Record<keyof ObjectHeaders, string>;

const FIELDS = Object.keys(HEADER_NAMES) as readonly (keyof ObjectHeaders)[];

/** System metadata of a write, kept verbatim but for `aws-chunked`, which is framing and not content. */
export function readObjectHeaders(request: S3Request): ObjectHeaders {
  const headers: Record<string, string> = {};
  for (const field of FIELDS) {
    const value = request.header(HEADER_NAMES[field]);
    if (value === undefined || value === "") continue;
    const kept = field === "contentEncoding" ? withoutAwsChunked(value) : value;
    if (kept !== "") headers[field] = latin1Only(kept);
  }
  if (headers["websiteRedirectLocation"] !== undefined) requireRedirect(headers["websiteRedirectLocation"]);
  return headers;
}

/**
 * User metadata without its prefix. Bytes past ASCII are taken for latin1, UTF-8 or not: that is what S3 does, and what
 * the official encryption clients undo when they read a context that is not ASCII. Throws MetadataTooLarge when names and
 * values exceed 2 KiB of UTF-8.
 */
export function readUserMetadata(request: S3Request): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = Object.create(null);
  let sizeBytes = 0;
  for (const header of request.headerNames()) {
    if (!header.startsWith(META_PREFIX)) continue;
    const name = header.slice(META_PREFIX.length);
    // A presigned query can name a header that no answer could carry.
    if (!HEADER_NAME.test(name)) throw invalidArgument("The metadata name is invalid.", header);
    const value = decodeWords(request.header(header) ?? "");
    metadata[name] = value;
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (sizeBytes > MAX_USER_METADATA_BYTES) {
    throw s3Error("MetadataTooLarge", {
      fields: { Size: String(sizeBytes), MaxSizeAllowed: String(MAX_USER_METADATA_BYTES) },
    });
  }
  return metadata;
}

/** Answers system and user metadata of a version. */
export function writeObjectHeaders(
  response: S3Response,
  { headers, userMetadata }: Pick<ObjectAttributes, "headers" | "userMetadata">,
  overrides: ObjectHeaders = {},
): void {
  for (const field of FIELDS) {
    const value = overrides[field] ?? headers[field];
    if (value !== undefined) response.header(HEADER_NAMES[field], value);
    else if (field === "contentType") response.header("content-type", DEFAULT_CONTENT_TYPE);
  }
  for (const name in userMetadata) response.header(META_PREFIX + name, encodeWord(userMetadata[name] ?? ""));
}

function withoutAwsChunked(contentEncoding: string): string {
  if (!contentEncoding.includes("aws-chunked")) return contentEncoding;
  return contentEncoding
    .split(",")
    .filter((coding) => coding.trim() !== "aws-chunked" && coding.trim() !== "")
    .join(",")
    .trim();
}

/** A value that came in through a presigned query may hold characters no header can: S3 keeps a blank for each. */
function latin1Only(value: string): string {
  return UNSENDABLE.test(value) ? value.replace(EACH_UNSENDABLE, " ") : value;
}

function requireRedirect(location: string): void {
  if (/^(\/|https?:\/\/)/.test(location)) return;
  throw invalidArgument(
    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    HEADER_NAMES.websiteRedirectLocation,
    location,
  );
}

import type { ObjectHeaders } from "@strongroom/store";
import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

const PREFIX = "response-";
const OVERRIDES = {
  "response-content-type": "contentType",
  "response-content-encoding": "contentEncoding",
  "response-content-disposition": "contentDisposition",
  "response-content-language": "contentLanguage",
  "response-cache-control": "cacheControl",
  "response-expires": "expires",
} as const satisfies Record<string, keyof ObjectHeaders>;

const NONE: ObjectHeaders = {};

/**
 * `response-*` parameters of a GET or HEAD: the headers to answer instead of the stored ones. They are part of what
 * was signed. Throws InvalidRequest where nothing was, InvalidArgument for text that no header can carry.
 */
export function readResponseOverrides(request: S3Request): ObjectHeaders {
  let overrides: Record<string, string> | undefined;
  for (const [name, value] of request.query) {
    if (!name.startsWith(PREFIX)) continue;
    const field = OVERRIDES[name as keyof typeof OVERRIDES];
    if (field === undefined) continue;
    if (request.signature === null) {
      throw s3Error("InvalidRequest", {
        message: "Request specific response headers cannot be used for anonymous GET requests.",
      });
    }
    if (/[^\t\x20-\x7e\xa0-\xff]/.test(value)) {
      throw invalidArgument("Header value cannot be represented using ISO-8859-1.", name, value);
    }
    overrides ??= {};
    overrides[field] = value;
  }
  return overrides ?? NONE;
}

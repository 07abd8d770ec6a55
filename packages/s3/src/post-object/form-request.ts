import type { BodyIntegrity } from "@strongroom/store";
import { encodeUri, splitTarget } from "@strongroom/wire";
import { readDigestClaims } from "../http/body-integrity.ts";
import type { RawRequest } from "../http/read-request.ts";
import type { RequestNames } from "../http/request-id.ts";
import type { Caller, S3Request, SignatureFacts } from "../http/s3-request.ts";
import { taggingHeaderOf } from "./form-tagging.ts";

/** Fields that say where and by whom, not what: they are no headers of the object. */
const NO_HEADERS: ReadonlySet<string> = new Set([
  "key",
  "bucket",
  "policy",
  "signature",
  "awsaccesskeyid",
  "tagging",
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-signature",
  "x-amz-security-token",
  "x-amz-content-sha256",
]);
const META_PREFIX = "x-amz-meta-";
/** What the browser itself says; a field of such a name says nothing. */
const HTTP_HEADERS: ReadonlySet<string> = new Set(["host", "user-agent", "referer", "origin"]);

export interface FormRequestParts {
  readonly names: RequestNames;
  readonly raw: RawRequest;
  readonly bucket: string;
  readonly objectKey: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly signature: SignatureFacts | null;
  readonly body: AsyncIterable<Uint8Array>;
}

/** `S3Request` of one form: its fields are the headers, its file is the body. */
export class FormS3Request implements S3Request {
  readonly requestId: string;
  readonly hostId: string;
  readonly method = "POST";
  readonly bucket: string;
  readonly objectKey: string;
  readonly query: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly signature: SignatureFacts | null;
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly tlsVersion: string | null;
  readonly body: AsyncIterable<Uint8Array>;
  /** Where the object will be, as the browser addressed its bucket. */
  readonly location: string;
  /** What the form asks to be answered, by field name. */
  readonly fields: ReadonlyMap<string, string>;
  readonly #headers: ReadonlyMap<string, string>;

  /** Throws MalformedXML, InvalidTag and the like for the `tagging` field. */
  constructor({ raw, ...parts }: FormRequestParts) {
    this.requestId = parts.names.requestId;
    this.hostId = parts.names.hostId;
    this.bucket = parts.bucket;
    this.objectKey = parts.objectKey;
    this.query = raw.query;
    this.caller = parts.caller;
    this.signature = parts.signature;
    this.sourceIp = raw.transport.sourceIp;
    this.secure = raw.transport.secure;
    this.tlsVersion = raw.transport.tlsVersion;
    this.body = parts.body;
    this.fields = parts.fields;
    this.location = locationOf(raw, parts.objectKey);
    this.#headers = headersOf(parts.fields, raw.headers);
  }

  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  headerNames(): readonly string[] {
    return [...this.#headers.keys()];
  }

  get integrity(): BodyIntegrity {
    return readDigestClaims({
      header: (name) => this.header(name),
      headerNames: () => this.headerNames(),
      chunkedBody: null,
    });
  }

  readText(): Promise<string> {
    return Promise.reject(new TypeError("the body of a form is no document"));
  }
}

function headersOf(
  fields: ReadonlyMap<string, string>,
  http: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const name of HTTP_HEADERS) {
    const value = http.get(name);
    if (value !== undefined) headers.set(name, value);
  }
  for (const [name, value] of fields) {
    if (NO_HEADERS.has(name) || HTTP_HEADERS.has(name)) continue;
    headers.set(name === "acl" ? "x-amz-acl" : name, name.startsWith(META_PREFIX) ? verbatim(value) : value);
  }
  const tagging = fields.get("tagging");
  const tags = tagging === undefined ? undefined : taggingHeaderOf(tagging);
  if (tags !== undefined) headers.set("x-amz-tagging", tags);
  return headers;
}

/**
 * A header has to encode what is not Latin-1 as RFC 2047 words; a form has not, so what looks like such words in one
 * is meant as it stands (recorded).
 */
function verbatim(value: string): string {
  return value.includes("=?") ? `=?UTF-8?B?${Buffer.from(value, "utf8").toString("base64")}?=` : value;
}

/** S3 escapes the slashes of the key here, and here alone. */
function locationOf(raw: RawRequest, objectKey: string): string {
  const scheme = raw.transport.secure ? "https" : "http";
  const bucketPath = splitTarget(raw.target).rawPath.replace(/\/$/, "");
  const host = raw.headers.get("host") ?? "";
  return `${scheme}://${host}${bucketPath}/${encodeUri(objectKey, { keepSlash: false })}`;
}

import { parseAmzDate, printIso8601 } from "../iso8601.ts";
import type { QueryParameter } from "../uri.ts";
import { WireError } from "../wire-error.ts";
import { parseCredential } from "./credential-scope.ts";
import { parsePayloadMode } from "./payload-mode.ts";
import type {
  PayloadMode,
  RequestSignature,
  SignableRequest,
  SignatureExpectation,
} from "./request-signature.ts";
import { parseSignedHeaders, requireSignedHeaders } from "./signed-headers.ts";
import { ALGORITHM } from "./string-to-sign.ts";

const EXPIRES_LIMIT_SECONDS = 604_800;
const SKEW_LIMIT_MS = 15 * 60_000;
const MISSING =
  "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, " +
  "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";

/** Reads the X-Amz-* parameters of a presigned URL. Throws `WireError` with S3's code and message. */
export function parsePresignedQuery(
  parameters: readonly QueryParameter[],
  request: SignableRequest,
  expected: SignatureExpectation,
): RequestSignature {
  const fields = readFields(parameters);
  if (fields.get("x-amz-algorithm") !== undefined && fields.get("x-amz-algorithm") !== ALGORITHM) {
    throw invalid(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  requireField(fields, "x-amz-algorithm");
  const amzDate = requireField(fields, "x-amz-date");
  const signature = requireField(fields, "x-amz-signature");
  const listed = requireField(fields, "x-amz-signedheaders");
  const expiresSeconds = parseExpires(requireField(fields, "x-amz-expires"));
  const credentialText = requireField(fields, "x-amz-credential");
  const signedAtMs = parseAmzDate(amzDate);
  if (signedAtMs === undefined) {
    throw invalid(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const credential = parseCredential(credentialText, amzDate, expected);
  if ("message" in credential) {
    throw invalid(`Error parsing the X-Amz-Credential parameter; ${credential.message}`, credential.details);
  }
  const signedHeaders = parseSignedHeaders(listed);
  if (signedHeaders === null) throw invalid("X-Amz-SignedHeaders is mal-formed.");
  requireValidity(signedAtMs, expiresSeconds, expected.nowMs);
  requireSignedHeaders(request, signedHeaders);
  return {
    kind: "presigned",
    ...credential,
    signedHeaders,
    payload: readPayload(fields, request.headers, signedHeaders, credential.scope.service),
    signature,
    amzDate,
    signedAtMs,
    expiresSeconds,
    securityToken: fields.get("x-amz-security-token") ?? request.headers.get("x-amz-security-token") ?? null,
  };
}

function readFields(parameters: readonly QueryParameter[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const { name, value } of parameters) {
    const lowerName = name.toLowerCase();
    if (!lowerName.startsWith("x-amz-")) continue;
    if (fields.has(lowerName)) throw invalid(`The ${name} parameter must not be given twice.`);
    fields.set(lowerName, value);
  }
  return fields;
}

function requireField(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined || value === "") throw invalid(MISSING);
  return value;
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw invalid("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 0) throw invalid("X-Amz-Expires must be non-negative");
  if (seconds > EXPIRES_LIMIT_SECONDS) {
    throw invalid(
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than " +
        `${EXPIRES_LIMIT_SECONDS} seconds`,
    );
  }
  return seconds;
}

function requireValidity(signedAtMs: number, expiresSeconds: number, nowMs: number): void {
  if (signedAtMs - nowMs > SKEW_LIMIT_MS) throw new WireError("AccessDenied", "Request is not yet valid");
  const expiresMs = signedAtMs + expiresSeconds * 1000;
  if (nowMs < expiresMs) return;
  throw new WireError("AccessDenied", "Request has expired", {
    "X-Amz-Expires": String(expiresSeconds),
    Expires: printSeconds(expiresMs),
    ServerTime: printSeconds(nowMs),
  });
}

function readPayload(
  fields: ReadonlyMap<string, string>,
  headers: ReadonlyMap<string, string>,
  signedHeaders: readonly string[],
  service: string,
): PayloadMode {
  const hoisted = fields.get("x-amz-content-sha256");
  if (hoisted !== undefined) return parsePayloadMode(hoisted);
  const sent = headers.get("x-amz-content-sha256");
  if (sent !== undefined && signedHeaders.includes("x-amz-content-sha256")) return parsePayloadMode(sent);
  return service === "s3" ? { kind: "unsigned" } : { kind: "body" };
}

function printSeconds(timeMs: number): string {
  return printIso8601(timeMs).replace(/\.\d{3}/, "");
}

function invalid(message: string, details: Readonly<Record<string, string>> = {}): WireError {
  return new WireError("AuthorizationQueryParametersError", message, details);
}

import { parseHttpDate } from "../http-date.ts";
import { parseAmzDate, printAmzDate, printIso8601 } from "../iso8601.ts";
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

const SKEW_LIMIT_MS = 15 * 60_000;

/** Reads an Authorization header. Throws `WireError` with S3's code and message. */
export function parseAuthorizationHeader(
  authorization: string,
  request: SignableRequest,
  expected: SignatureExpectation,
): RequestSignature {
  const fields = readFields(authorization);
  const { amzDate, signedAtMs } = readDate(request.headers, expected.nowMs);
  const credential = parseCredential(fields.credential, amzDate, expected);
  if ("message" in credential) throw malformed(credential.message, credential.details);
  requireNow(signedAtMs, amzDate, expected.nowMs);
  const signedHeaders = parseSignedHeaders(fields.signedHeaders);
  if (signedHeaders === null) throw malformed("the SignedHeaders component is mal-formed.");
  requireSignedHeaders(request, signedHeaders);
  return {
    kind: "header",
    ...credential,
    signedHeaders,
    payload: readPayload(request.headers, credential.scope.service),
    signature: fields.signature,
    amzDate,
    signedAtMs,
    expiresSeconds: null,
    securityToken: request.headers.get("x-amz-security-token") ?? null,
  };
}

function readFields(authorization: string): { credential: string; signedHeaders: string; signature: string } {
  const [scheme = "", ...words] = authorization.trim().split(/\s+/);
  if (scheme === "AWS" || scheme === "AWS3-HTTPS") {
    throw new WireError(
      "InvalidRequest",
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
    );
  }
  if (scheme !== ALGORITHM) {
    // The value may be another scheme's secret: it is not repeated.
    throw new WireError("InvalidArgument", "Unsupported Authorization Type", {
      ArgumentName: "Authorization",
    });
  }
  const fields = new Map<string, string>();
  for (const field of words.join("").split(",")) {
    const equals = field.indexOf("=");
    const name = field.slice(0, equals);
    if (equals <= 0 || fields.has(name)) throw incomplete();
    fields.set(name, field.slice(equals + 1));
  }
  const credential = fields.get("Credential") ?? "";
  const signedHeaders = fields.get("SignedHeaders") ?? "";
  const signature = fields.get("Signature") ?? "";
  if (fields.size !== 3 || credential === "" || signedHeaders === "" || signature === "") throw incomplete();
  return { credential, signedHeaders, signature };
}

function readDate(
  headers: ReadonlyMap<string, string>,
  nowMs: number,
): { amzDate: string; signedAtMs: number } {
  const amzDate = headers.get("x-amz-date");
  const httpDate = headers.get("date");
  const signedAtMs =
    amzDate === undefined
      ? httpDate === undefined
        ? undefined
        : (parseHttpDate(httpDate, nowMs) ?? parseAmzDate(httpDate))
      : (parseAmzDate(amzDate) ?? parseHttpDate(amzDate, nowMs));
  if (signedAtMs === undefined) {
    throw new WireError("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  }
  return { amzDate: printAmzDate(signedAtMs), signedAtMs };
}

function requireNow(signedAtMs: number, amzDate: string, nowMs: number): void {
  if (Math.abs(nowMs - signedAtMs) <= SKEW_LIMIT_MS) return;
  const message = "The difference between the request time and the current time is too large.";
  throw new WireError("RequestTimeTooSkewed", message, {
    RequestTime: amzDate,
    ServerTime: printIso8601(nowMs).replace(/\.\d{3}/, ""),
    MaxAllowedSkewMilliseconds: String(SKEW_LIMIT_MS),
  });
}

function readPayload(headers: ReadonlyMap<string, string>, service: string): PayloadMode {
  const text = headers.get("x-amz-content-sha256");
  if (text !== undefined) return parsePayloadMode(text);
  if (service !== "s3") return { kind: "body" };
  throw new WireError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
}

function incomplete(): WireError {
  return malformed(
    "The authorization header requires three components: Credential, SignedHeaders, and Signature.",
  );
}

function malformed(reason: string, details: Readonly<Record<string, string>> = {}): WireError {
  const message = `The authorization header is malformed; ${reason}`;
  return new WireError("AuthorizationHeaderMalformed", message, details);
}

import type { SecretBytes } from "@strongroom/base";
import { printAmzDate } from "../iso8601.ts";
import { encodeUri } from "../uri.ts";
import { canonicalRequest } from "./canonical-request.ts";
import type { CredentialScope } from "./request-signature.ts";
import { deriveSigningKey } from "./signing-keys.ts";
import { ALGORITHM, printScope, signString, stringToSign } from "./string-to-sign.ts";

/** A client's long-term or temporary credentials. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretBytes;
  readonly sessionToken?: string | undefined;
}

export interface SigningInput {
  readonly method: string;
  /** Raw target: percent-encoded path and query. */
  readonly target: string;
  /** Must hold `host`. Names lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly credentials: SigningCredentials;
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
  /** Hex SHA-256 of the body or, for S3, any value of x-amz-content-sha256. Default UNSIGNED-PAYLOAD. */
  readonly payloadHash?: string | undefined;
}

/**
 * The headers to send: those given (all of them signed) plus x-amz-date, x-amz-content-sha256 (S3 only),
 * x-amz-security-token and authorization.
 */
export function signRequest(input: SigningInput): Map<string, string> {
  const { credentials, nowMs, payloadHash = "UNSIGNED-PAYLOAD" } = input;
  const amzDate = printAmzDate(nowMs);
  const headers = new Map(input.headers).set("x-amz-date", amzDate);
  if (input.service === "s3") headers.set("x-amz-content-sha256", payloadHash);
  if (credentials.sessionToken !== undefined) headers.set("x-amz-security-token", credentials.sessionToken);
  const scope = scopeOf(input, amzDate);
  const signedHeaders = [...headers.keys()].sort();
  const signature = sign({ ...input, headers }, scope, amzDate, signedHeaders, payloadHash);
  const credential = `${credentials.accessKeyId}/${printScope(scope)}`;
  return headers.set(
    "authorization",
    `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`,
  );
}

/**
 * The target with the X-Amz-* query parameters of a presigned URL. Every given header is signed by name and must
 * be sent; none of their values enters the URL [L-114].
 */
export function presign(input: SigningInput & { readonly expiresSeconds: number }): string {
  const { credentials, headers, nowMs, payloadHash = "UNSIGNED-PAYLOAD" } = input;
  const amzDate = printAmzDate(nowMs);
  const scope = scopeOf(input, amzDate);
  const signedHeaders = [...headers.keys()].sort();
  const parameters: [string, string][] = [
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${printScope(scope)}`],
    ["X-Amz-Date", amzDate],
    ["X-Amz-Expires", String(input.expiresSeconds)],
    ["X-Amz-SignedHeaders", signedHeaders.join(";")],
  ];
  if (credentials.sessionToken !== undefined)
    parameters.push(["X-Amz-Security-Token", credentials.sessionToken]);
  if (input.service === "s3" && payloadHash !== "UNSIGNED-PAYLOAD") {
    parameters.push(["X-Amz-Content-Sha256", payloadHash]);
  }
  const query = parameters
    .map(([name, value]) => `${name}=${encodeUri(value, { keepSlash: false })}`)
    .join("&");
  const target = `${input.target}${input.target.includes("?") ? "&" : "?"}${query}`;
  const signature = sign({ ...input, target }, scope, amzDate, signedHeaders, payloadHash);
  return `${target}&X-Amz-Signature=${signature}`;
}

function scopeOf(input: SigningInput, amzDate: string): CredentialScope {
  return { date: amzDate.slice(0, 8), region: input.region, service: input.service };
}

function sign(
  input: SigningInput,
  scope: CredentialScope,
  amzDate: string,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const canonical = canonicalRequest(input, { service: input.service, signedHeaders, payloadHash });
  const signingKey = deriveSigningKey(input.credentials.secretAccessKey, scope);
  return signString(signingKey, stringToSign(amzDate, scope, canonical));
}

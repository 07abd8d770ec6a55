/** What is signed: names lower case, values as received (latin1 strings as `node:http` gives them), duplicates joined by ",". */
export interface SignableRequest {
  readonly method: string;
  /** The raw request target: path and query, nothing decoded. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
}

export interface CredentialScope {
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** How the body is bound to the signature. */
export type PayloadMode =
  | { readonly kind: "sha256"; readonly hex: string }
  | { readonly kind: "unsigned" }
  /** aws-chunked: `signed` chunks or not, with a trailer or not. */
  | { readonly kind: "streaming"; readonly signed: boolean; readonly trailer: boolean }
  /** No x-amz-content-sha256 (services other than S3): the SHA-256 of the body itself was signed. */
  | { readonly kind: "body" };

export type StreamingPayload = Extract<PayloadMode, { kind: "streaming" }>;

/** A signature as the request states it: parsed and plausible, not yet verified. */
export interface RequestSignature {
  readonly kind: "header" | "presigned";
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  readonly payload: PayloadMode;
  /** As sent; 64 hex digits once verified. */
  readonly signature: string;
  /** YYYYMMDD'T'HHMMSS'Z' */
  readonly amzDate: string;
  readonly signedAtMs: number;
  /** Of a presigned URL; null for a header. */
  readonly expiresSeconds: number | null;
  /** X-Amz-Security-Token, unverified. */
  readonly securityToken: string | null;
}

/** What the server expects of a signature, whoever signed. */
export interface SignatureExpectation {
  readonly nowMs: number;
  /** The region the scope must name. */
  readonly region: string;
  /** Services the scope may name, e.g. `["s3"]` or `["s3", "kms", "iam", "sts"]`. */
  readonly services: readonly string[];
  /** Further regions by service, for global services: `{ iam: ["us-east-1"] }`. */
  readonly furtherRegions?: Readonly<Record<string, readonly string[]>> | undefined;
}

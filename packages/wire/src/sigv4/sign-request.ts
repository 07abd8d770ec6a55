import type { SecretBytes } from "@strongroom/base";

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
  /** Value of x-amz-content-sha256; default UNSIGNED-PAYLOAD. */
  readonly payloadHash?: string | undefined;
}

/** The headers to send: those given plus x-amz-date, x-amz-content-sha256, x-amz-security-token, authorization. */
export function signRequest(_input: SigningInput): Map<string, string> {
  throw new Error("unbuilt");
}

/** The target with the X-Amz-* query parameters of a presigned URL; every given header is signed. */
export function presign(_input: SigningInput & { readonly expiresSeconds: number }): string {
  throw new Error("unbuilt");
}

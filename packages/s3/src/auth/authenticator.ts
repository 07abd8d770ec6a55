import type { KeyObject } from "node:crypto";
import type { Clock } from "@strongroom/base";
import {
  parseRequestSignature,
  type RequestSignature,
  type SignableRequest,
  SigningKeys,
  verifySignature,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { Caller } from "../http/s3-request.ts";
import type { CredentialSource } from "./credential-source.ts";

/** A request whose sender is known. The body is still unread and bound by `signature.payload`. */
export interface Authentication {
  readonly caller: Caller;
  readonly signature: RequestSignature;
  readonly signingKey: KeyObject;
}

export interface AuthenticatorDeps {
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly region: string;
}

/** SigV4 in headers and presigned URLs. One instance keeps the signing keys it derived. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps;
  readonly #signingKeys = new SigningKeys();

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
  }

  /**
   * Throws AccessDenied (anonymous), InvalidAccessKeyId, InvalidToken, SignatureDoesNotMatch and what a malformed,
   * expired or incomplete signature is called in S3.
   */
  async authenticate(request: SignableRequest): Promise<Authentication> {
    const { credentials, clock, region } = this.#deps;
    const signature = parseRequestSignature(request, {
      nowMs: clock.nowMs(),
      region,
      services: ["s3"],
    });
    if (signature === null) throw s3Error("AccessDenied");
    // Temporary credentials are not issued yet, so no token can be genuine.
    if (signature.securityToken !== null) throw s3Error("InvalidToken");
    if (signature.payload.kind === "body") {
      throw s3Error("InvalidRequest", {
        message: "Missing required header for this request: x-amz-content-sha256",
      });
    }
    const credential = await credentials.find(signature.accessKeyId);
    if (credential === null) {
      throw s3Error("InvalidAccessKeyId", { fields: { AWSAccessKeyId: signature.accessKeyId } });
    }
    const signingKey = this.#signingKeys.signingKey(
      signature.accessKeyId,
      credential.secret,
      signature.scope,
    );
    verifySignature({ request, signature, signingKey });
    return { caller: credential.caller, signature, signingKey };
  }
}

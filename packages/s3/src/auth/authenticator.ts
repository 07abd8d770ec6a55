import type { KeyObject } from "node:crypto";
import type { Clock } from "@strongroom/base";
import { SessionTokenError } from "@strongroom/iam";
import {
  type PayloadMode,
  parseRequestSignature,
  type RequestSignature,
  type SignableRequest,
  SigningKeys,
  verifySignature,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { Caller } from "../http/s3-request.ts";
import { ANONYMOUS, readUnsignedPayload } from "./anonymous.ts";
import type { Credential, CredentialSource } from "./credential-source.ts";

/**
 * A request whose sender is known, or known to be nobody in particular. The body is still unread; what binds it stands
 * in `signature.payload`, or, without a signature, in what `readUnsignedPayload` made of the headers.
 */
export type Authentication = SignedAuthentication | AnonymousAuthentication;

export interface SignedAuthentication {
  readonly caller: Caller;
  readonly signature: RequestSignature;
  readonly signingKey: KeyObject;
}

export interface AnonymousAuthentication {
  readonly caller: Caller;
  readonly signature: null;
  readonly payload: PayloadMode;
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
   * An unsigned request is anonymous: whether it may anything is for policies to say. Throws InvalidAccessKeyId, InvalidToken, ExpiredToken, SignatureDoesNotMatch and what a malformed,
   * expired or incomplete signature is called in S3.
   */
  async authenticate(request: SignableRequest): Promise<Authentication> {
    const { clock, region } = this.#deps;
    const signature = parseRequestSignature(request, {
      nowMs: clock.nowMs(),
      region,
      services: ["s3"],
    });
    if (signature === null) {
      return { caller: ANONYMOUS, signature, payload: readUnsignedPayload(request.headers) };
    }
    if (signature.payload.kind === "body") {
      throw s3Error("InvalidRequest", {
        message: "Missing required header for this request: x-amz-content-sha256",
      });
    }
    const credential = await this.#findCredential(signature);
    if (credential === null) {
      throw s3Error("InvalidAccessKeyId", { fields: { AWSAccessKeyId: signature.accessKeyId } });
    }
    const signingKey = this.#signingKeys.signingKey(
      signature.accessKeyId,
      credential.secret,
      signature.scope,
    );
    verifySignature({ request, signature, signingKey });
    credential.onVerified?.();
    return { caller: credential.caller, signature, signingKey };
  }

  async #findCredential(signature: RequestSignature): Promise<Credential | null> {
    try {
      return await this.#deps.credentials.find(signature.accessKeyId, signature.securityToken);
    } catch (error) {
      // The code is S3's own; its answer repeats the token, which is a secret: ours does not.
      if (error instanceof SessionTokenError) throw s3Error(error.code);
      throw error;
    }
  }
}

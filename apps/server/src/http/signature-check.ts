import type { IncomingMessage } from "node:http";
import type { Clock } from "@strongroom/base";
import type { AccountStore, Credential } from "@strongroom/iam";
import { headersFromRaw, parseRequestSignature, SigningKeys, verifySignature } from "@strongroom/wire";

/** A refusal that the wire layer has no code for. */
export class RequestRefusedError extends Error {
  override readonly name = "RequestRefusedError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The credential that signed the request. Throws `RequestRefusedError` or `WireError`. */
export type SignatureCheck = (
  request: IncomingMessage,
  services: readonly string[],
  bodySha256Hex: string,
) => Promise<Credential>;

/** Checks signatures for the small services; S3 has its own, since its bodies are verified as they flow. */
export function createSignatureCheck(dependencies: {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly region: string;
}): SignatureCheck {
  const signingKeys = new SigningKeys();
  return async (request, services, bodySha256Hex) => {
    const signable = {
      method: request.method ?? "GET",
      target: request.url ?? "/",
      headers: headersFromRaw(request.rawHeaders),
    };
    const { clock, region, accounts } = dependencies;
    const signature = parseRequestSignature(signable, { nowMs: clock.nowMs(), region, services });
    if (signature === null) {
      throw new RequestRefusedError(
        403,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
      );
    }
    const credential = await accounts.findCredential(signature.accessKeyId);
    if (credential === null || signature.securityToken !== null) {
      throw new RequestRefusedError(
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
      );
    }
    const { payload } = signature;
    if (payload.kind === "sha256" && payload.hex !== bodySha256Hex) {
      throw new RequestRefusedError(
        400,
        "XAmzContentSHA256Mismatch",
        "The body does not match its signed digest.",
      );
    }
    const signingKey = signingKeys.signingKey(
      signature.accessKeyId,
      credential.secretAccessKey,
      signature.scope,
    );
    verifySignature({ request: signable, signature, signingKey, bodySha256Hex });
    return credential;
  };
}

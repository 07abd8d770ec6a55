import type { IncomingMessage } from "node:http";
import type { Clock } from "@strongroom/base";
import {
  type AccessKeyUses,
  type CallerCredential,
  type CallerCredentials,
  SessionTokenError,
} from "@strongroom/iam";
import {
  headersFromRaw,
  parseRequestSignature,
  type SignableRequest,
  SigningKeys,
  verifySignature,
  WireError,
} from "@strongroom/wire";

/** A refusal before any operation was reached, as the front of AWS's query services words it. */
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

/** Whoever signed the request. Throws `RequestRefusedError`. */
export type SignatureCheck = (
  request: IncomingMessage,
  services: readonly string[],
  bodySha256Hex: string,
) => Promise<CallerCredential>;

/** IAM is one service for all regions, and STS has a global endpoint beside the regional ones: both sign for this one. */
const GLOBAL_REGIONS = ["us-east-1"];
const FURTHER_REGIONS = { iam: GLOBAL_REGIONS, sts: GLOBAL_REGIONS };

/** Checks signatures for the small services; S3 has its own, since its bodies are verified as they flow. */
export function createSignatureCheck(dependencies: {
  readonly credentials: CallerCredentials;
  readonly accessKeyUses: AccessKeyUses;
  readonly clock: Clock;
  readonly region: string;
}): SignatureCheck {
  const signingKeys = new SigningKeys();
  const { clock, region, credentials, accessKeyUses } = dependencies;

  const verify = async (
    request: SignableRequest,
    services: readonly string[],
    bodySha256Hex: string,
  ): Promise<CallerCredential> => {
    const expected = { nowMs: clock.nowMs(), region, services, furtherRegions: FURTHER_REGIONS };
    const signature = parseRequestSignature(request, expected);
    if (signature === null) {
      throw new RequestRefusedError(
        403,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
      );
    }
    const { accessKeyId, securityToken, scope, payload } = signature;
    const credential = await credentials.find(accessKeyId, securityToken);
    if (credential === null) throw unknownToken();
    if (payload.kind === "sha256" && payload.hex !== bodySha256Hex) throw badSignature();
    const signingKey = signingKeys.signingKey(accessKeyId, credential.secretAccessKey, scope);
    verifySignature({ request, signature, signingKey, bodySha256Hex });
    if (credential.session === null) accessKeyUses.note(accessKeyId, scope.service);
    return credential;
  };

  return async (request, services, bodySha256Hex) => {
    const signable = {
      method: request.method ?? "GET",
      target: request.url ?? "/",
      headers: headersFromRaw(request.rawHeaders),
    };
    try {
      return await verify(signable, services, bodySha256Hex);
    } catch (error) {
      throw toRefusal(error);
    }
  };
}

function toRefusal(error: unknown): unknown {
  if (error instanceof SessionTokenError) {
    if (error.code === "InvalidToken") return unknownToken();
    return new RequestRefusedError(
      403,
      "ExpiredToken",
      "The security token included in the request is expired",
    );
  }
  if (!(error instanceof WireError)) return error;
  switch (error.code) {
    case "SignatureDoesNotMatch":
      return badSignature();
    case "RequestTimeTooSkewed":
      return new RequestRefusedError(
        403,
        "SignatureDoesNotMatch",
        "Signature expired or not yet current: the request's time differs too much from the server's.",
      );
    case "AccessDenied":
      // Of a presigned URL that is over, or of headers that were not signed.
      return new RequestRefusedError(403, "SignatureDoesNotMatch", error.message);
    case "AuthorizationHeaderMalformed":
    case "AuthorizationQueryParametersError":
      if (error.details["Region"] === undefined)
        return new RequestRefusedError(400, "IncompleteSignature", error.message);
      return new RequestRefusedError(
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region.",
      );
    default:
      return new RequestRefusedError(400, "IncompleteSignature", error.message);
  }
}

function unknownToken(): RequestRefusedError {
  return new RequestRefusedError(
    403,
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
  );
}

/** Without the strings that were signed: AWS's query services do not repeat them either. */
function badSignature(): RequestRefusedError {
  return new RequestRefusedError(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}

import type { Clock } from "@strongroom/base";
import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { StsError } from "../sts-error.ts";
import { createFetchDocument, DocumentUnavailableError, type FetchDocument } from "./fetch-document.ts";
import { ProviderKeys } from "./provider-keys.ts";

/** What a verified token says. */
export interface WebIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Those of the token's audiences that the provider was registered for. */
  readonly audiences: readonly string[];
  /** All claims, signed by the provider and validated no further. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Signatures by a private key alone: neither `none` nor a MAC, whose key the provider would have published. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];
const CLOCK_TOLERANCE_SECONDS = 30;

/** Verifies ID tokens of registered OpenID Connect providers. */
export class WebIdentities {
  readonly #clock: Clock;
  readonly #keys: ProviderKeys;

  constructor(clock: Clock, fetchDocument: FetchDocument = createFetchDocument(clock)) {
    this.#clock = clock;
    this.#keys = new ProviderKeys(fetchDocument, clock);
  }

  /** The issuer a token names, not verified. Throws InvalidIdentityToken. */
  readIssuer(token: string): string {
    try {
      const { iss } = decodeJwt(token);
      if (typeof iss === "string" && /^https:\/\/[\x21-\x7e]{1,255}$/.test(iss)) return iss;
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
    }
    throw new StsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.");
  }

  /**
   * Checks signature, issuer, audience and times (OpenID Connect Core 1.0 §3.1.3.7). Throws InvalidIdentityToken,
   * ExpiredTokenException, IDPCommunicationError.
   */
  async verify(token: string, issuer: string, clientIds: readonly string[]): Promise<WebIdentity> {
    try {
      const keys = await this.#keys.keysOf(issuer);
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience: [...clientIds],
        requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#clock.nowMs()),
      });
      return readIdentity(payload, issuer, clientIds);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  #refusal(error: unknown): unknown {
    if (error instanceof errors.JWTExpired) {
      const nowSeconds = Math.floor(this.#clock.nowMs() / 1000);
      return new StsError(
        "ExpiredTokenException",
        `Token expired: current date/time ${nowSeconds} must be before the expiration date/time ${String(error.payload.exp)}`,
        error,
      );
    }
    if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error);
    if (error instanceof DocumentUnavailableError || error instanceof errors.JWKSTimeout) {
      return new StsError(
        "IDPCommunicationError",
        "The identity provider that was asked to verify the token could not be reached, or did not answer as one.",
        error,
      );
    }
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
      return new StsError(
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
        error,
      );
    }
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return new StsError("InvalidIdentityToken", "The token's signature is not valid.", error);
    if (error instanceof errors.JOSEError)
      return new StsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.", error);
    return error;
  }
}

function claimRefusal(error: errors.JWTClaimValidationFailed): StsError {
  const messages: Readonly<Record<string, string>> = {
    aud: "Incorrect token audience",
    nbf: "The token is not valid yet.",
  };
  const message =
    (error.reason === "missing" ? undefined : messages[error.claim]) ??
    `The token has no valid claim ${error.claim}.`;
  return new StsError("InvalidIdentityToken", message, error);
}

function readIdentity(payload: JWTPayload, issuer: string, clientIds: readonly string[]): WebIdentity {
  const { sub, aud } = payload;
  if (typeof sub !== "string" || sub === "" || sub.length > 255)
    throw new StsError("InvalidIdentityToken", "The token has no valid claim sub.");
  const named = typeof aud === "string" ? [aud] : (aud ?? []);
  const audiences = named.filter((audience) => clientIds.includes(audience));
  return { issuer, subject: sub, audiences, claims: payload };
}

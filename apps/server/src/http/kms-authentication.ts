import { createHash } from "node:crypto";
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
  type RequestSignature,
  SigningKeys,
  verifySignature,
  WireError,
} from "@strongroom/wire";

/** A refusal before an operation was reached, as the JSON protocol's front end of AWS words it. */
export class JsonFrontError extends Error {
  override readonly name = "JsonFrontError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface JsonAuthentication {
  readonly credential: CallerCredential;
  /** Of the signature's scope: one of those that are served. */
  readonly region: string;
}

export interface JsonAuthenticatorOptions {
  readonly service: string;
  readonly credentials: CallerCredentials;
  readonly accessKeyUses: AccessKeyUses;
  readonly clock: Clock;
  readonly regions: readonly string[];
}

const SCOPE = /Credential=[^,/\s]+\/\d{8}\/([a-z0-9-]{1,32})\//;

/** Checks the signature of whole requests of a JSON service. Throws `JsonFrontError`. */
export class JsonAuthenticator {
  readonly #options: JsonAuthenticatorOptions;
  readonly #signingKeys = new SigningKeys();

  constructor(options: JsonAuthenticatorOptions) {
    this.#options = options;
  }

  async authenticate(request: IncomingMessage, body: Buffer): Promise<JsonAuthentication> {
    const { regions } = this.#options;
    // Only chooses among the served regions; the signature covers the scope.
    const scoped = SCOPE.exec(request.headers.authorization ?? "")?.[1];
    const region = regions.find((each) => each === scoped) ?? regions[0] ?? "";
    try {
      return { credential: await this.#verify(request, body, region), region };
    } catch (error) {
      throw toFrontError(error);
    }
  }

  async #verify(request: IncomingMessage, body: Buffer, region: string): Promise<CallerCredential> {
    const { service, credentials, accessKeyUses, clock } = this.#options;
    const signable = {
      method: request.method ?? "POST",
      target: request.url ?? "/",
      headers: headersFromRaw(request.rawHeaders),
    };
    const expected = { nowMs: clock.nowMs(), region, services: [service] };
    const signature: RequestSignature | null = parseRequestSignature(signable, expected);
    if (signature === null) {
      throw new JsonFrontError("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    const credential = await credentials.find(signature.accessKeyId, signature.securityToken);
    if (credential === null) throw unrecognized();
    const bodySha256Hex = createHash("sha256").update(body).digest("hex");
    if (signature.payload.kind === "sha256" && signature.payload.hex !== bodySha256Hex) throw badSignature();
    const { accessKeyId, scope } = signature;
    const signingKey = this.#signingKeys.signingKey(accessKeyId, credential.secretAccessKey, scope);
    verifySignature({ request: signable, signature, signingKey, bodySha256Hex });
    if (credential.session === null) accessKeyUses.note(accessKeyId, service);
    return credential;
  }
}

function toFrontError(error: unknown): unknown {
  if (error instanceof SessionTokenError) {
    if (error.code === "InvalidToken") return unrecognized();
    return new JsonFrontError(
      "ExpiredTokenException",
      "The security token included in the request is expired",
    );
  }
  if (!(error instanceof WireError)) return error;
  if (error.code === "SignatureDoesNotMatch") return badSignature();
  if (error.code === "RequestTimeTooSkewed") {
    return new JsonFrontError("InvalidSignatureException", "Signature expired or not yet current.");
  }
  if ("Region" in error.details) {
    return new JsonFrontError("InvalidSignatureException", "Credential should be scoped to a valid region.");
  }
  return new JsonFrontError("IncompleteSignatureException", error.message);
}

function unrecognized(): JsonFrontError {
  return new JsonFrontError(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}

function badSignature(): JsonFrontError {
  return new JsonFrontError(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret " +
      "Access Key and signing method. Consult the service documentation for details.",
  );
}

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@strongroom/base";
import { joinContexts, mapContext, principalContext, sessionContext } from "@strongroom/iam";
import { type KmsCaller, KmsError, type KmsOutput } from "@strongroom/kms";
import { Json11Error, parseJsonDocument, printJsonDocument } from "@strongroom/wire";
import { noteRequestId } from "../audit/audit-scope.ts";
import type { AuditedKeyService } from "../audit/kms-events.ts";
import type { Logger } from "../log.ts";
import { type JsonAuthentication, type JsonAuthenticator, JsonFrontError } from "./kms-authentication.ts";
import { sendText } from "./plain-response.ts";
import { BodyBrokenOffError, readBody } from "./read-body.ts";
import type { TransportFactsOf } from "./transport-facts.ts";

const TARGET = /^TrentService\.([A-Za-z]{1,64})$/;
const TYPE = "application/x-amz-json-1.1";
/** An attestation document of 256 KiB in base64, and what stands around it. */
const BODY_LIMIT_BYTES = 512 * 1024;

export interface KmsDependencies {
  readonly keyService: Pick<AuditedKeyService, "execute">;
  readonly authenticator: JsonAuthenticator;
  readonly transportOf: TransportFactsOf;
  readonly clock: Clock;
  readonly log: Logger;
}

/** AWS KMS: the JSON 1.1 protocol over the key service. */
export function createKms(dependencies: KmsDependencies) {
  const { keyService, authenticator, log } = dependencies;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader("x-amzn-RequestId", requestId);
    noteRequestId(requestId);
    let operation = "";
    try {
      const body = await readBody(request, BODY_LIMIT_BYTES);
      if (body === null)
        throw new JsonFrontError("RequestEntityTooLargeException", "The request is too large.");
      const authentication = await authenticator.authenticate(request, body);
      operation = operationOf(request);
      const caller = callerOf(request, authentication, dependencies);
      const output = await keyService.execute(operation, parseJsonDocument(body), caller);
      const text = output === undefined ? "" : printJsonDocument(output);
      wipeSecrets(output);
      sendText(request, response, { status: 200, type: TYPE, text });
    } catch (error) {
      if (error instanceof BodyBrokenOffError) throw error;
      const refusal = toRefusal(error);
      if (refusal.status >= 500)
        log.error({ err: error, requestId, operation, service: "kms" }, "kms failed");
      if (response.headersSent || response.destroyed) return;
      const { code, message, status } = refusal;
      const text = JSON.stringify({ __type: code, ...(message === "" ? {} : { message }) });
      sendText(request, response, { status, type: TYPE, text });
    }
  };
}

/** Members that hold plaintext keys. What was printed of them lives until the answer is sent and collected. */
const SECRET_MEMBERS = ["Plaintext", "PrivateKeyPlaintext", "SharedSecret"];

function wipeSecrets(output: KmsOutput): void {
  for (const name of SECRET_MEMBERS) {
    const value = output?.[name];
    if (value instanceof Uint8Array) value.fill(0);
  }
}

function operationOf(request: IncomingMessage): string {
  const target = request.headers["x-amz-target"];
  const name = typeof target === "string" ? TARGET.exec(target)?.[1] : undefined;
  if (name === undefined || request.method !== "POST")
    throw new JsonFrontError("UnknownOperationException", "");
  return name;
}

function callerOf(
  request: IncomingMessage,
  { credential, region }: JsonAuthentication,
  dependencies: KmsDependencies,
): KmsCaller {
  const { principal, session, account } = credential;
  if (principal.kind === "anonymous") throw new JsonFrontError("MissingAuthenticationTokenException", "");
  const nowMs = dependencies.clock.nowMs();
  const transport = dependencies.transportOf(request);
  const userAgent = request.headers["user-agent"];
  const referer = request.headers.referer;
  const ofRequest = mapContext({
    "aws:SourceIp": [transport.sourceIp],
    "aws:SecureTransport": [String(transport.secure)],
    "aws:CurrentTime": [new Date(nowMs).toISOString()],
    "aws:EpochTime": [String(Math.floor(nowMs / 1000))],
    "aws:RequestedRegion": [region],
    "aws:ViaAWSService": ["false"],
    ...(userAgent === undefined ? {} : { "aws:UserAgent": [userAgent] }),
    ...(referer === undefined ? {} : { "aws:Referer": [referer] }),
  });
  return {
    principal,
    accountId: account.accountId,
    region,
    context: joinContexts(principalContext(principal), sessionContext(session, nowMs), ofRequest),
    viaService: null,
    sessionPolicies: session?.policies ?? null,
  };
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** AWS answers every client error of this service with 400 (kms.md §0.1). */
function toRefusal(error: unknown): Refusal {
  if (error instanceof JsonFrontError || error instanceof Json11Error) {
    return { status: 400, code: error.code, message: error.message };
  }
  if (error instanceof KmsError) {
    const isFault = error.kind === "integrity" || error.kind === "unavailable";
    return { status: isFault ? 500 : 400, code: error.code, message: error.message };
  }
  return {
    status: 500,
    code: "KMSInternalException",
    message: "The request could not be completed because of an internal error.",
  };
}

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@strongroom/base";
import { type Authorization, explainDenial, mapContext, requestContext } from "@strongroom/iam";
import { Json11Error, parseJsonDocument, printJsonDocument } from "@strongroom/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import { auditScope, noteRequestId } from "../audit/audit-scope.ts";
import { chooseParameters } from "../audit/event-values.ts";
import type { Logger } from "../log.ts";
import { TrailApiError } from "./cloudtrail-error.ts";
import { findTrailOperation, type TrailServices } from "./cloudtrail-operations.ts";
import { type JsonAuthentication, type JsonAuthenticator, JsonFrontError } from "./kms-authentication.ts";
import { sendText } from "./plain-response.ts";
import { BodyBrokenOffError, readBody } from "./read-body.ts";
import type { TransportFactsOf } from "./transport-facts.ts";

const TARGET = /(?:^|\.)CloudTrail_20131101\.([A-Za-z]{1,64})$/;
const TYPE = "application/x-amz-json-1.1";
const BODY_LIMIT_BYTES = 128 * 1024;

export interface CloudTrailDependencies {
  readonly services: TrailServices;
  readonly authenticator: JsonAuthenticator;
  readonly authorization: Authorization;
  readonly audit: AuditLog;
  readonly transportOf: TransportFactsOf;
  readonly clock: Clock;
  readonly log: Logger;
}

/** AWS CloudTrail over JSON 1.1: one built-in trail, its lookup and its settings. */
export function createCloudTrail(dependencies: CloudTrailDependencies) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader("x-amzn-RequestId", requestId);
    noteRequestId(requestId);
    try {
      const body = await readBody(request, BODY_LIMIT_BYTES);
      if (body === null)
        throw new JsonFrontError("RequestEntityTooLargeException", "The request is too large.");
      const authentication = await dependencies.authenticator.authenticate(request, body);
      const operation = operationOf(request);
      const text = await perform(dependencies, request, { operation, body, authentication, requestId });
      sendText(request, response, { status: 200, type: TYPE, text });
    } catch (error) {
      if (error instanceof BodyBrokenOffError) throw error;
      const { status, code, message } = toRefusal(error);
      if (status >= 500)
        dependencies.log.error({ err: error, requestId, service: "cloudtrail" }, "request failed");
      if (response.headersSent || response.destroyed) return;
      const text = JSON.stringify({ __type: code, ...(message === "" ? {} : { message }) });
      sendText(request, response, { status, type: TYPE, text });
    }
  };
}

interface Asked {
  readonly operation: string;
  readonly body: Buffer;
  readonly authentication: JsonAuthentication;
  readonly requestId: string;
}

/** Its own calls are on the trail as well. */
async function perform(
  dependencies: CloudTrailDependencies,
  request: IncomingMessage,
  asked: Asked,
): Promise<string> {
  const { audit } = dependencies;
  const { operation, authentication, requestId } = asked;
  const { account, principal } = authentication.credential;
  await audit.ready();
  let text = "";
  let refused: unknown = null;
  try {
    text = await run(dependencies, request, asked);
  } catch (error) {
    refused = error;
  }
  const error = refused === null ? null : toRefusal(refused);
  await audit.record({
    eventSource: "cloudtrail.amazonaws.com",
    eventName: operation,
    principal,
    accountId: account.accountId,
    region: authentication.region,
    readOnly: !operation.startsWith("Put"),
    requestId,
    error,
    requestParameters: chooseParameters(parsed(asked.body), PARAMETERS),
    responseElements: null,
    resources: [],
    decisions: auditScope()?.decisions.filter(({ action }) => action.startsWith("cloudtrail:")) ?? [],
  });
  if (refused !== null) throw refused;
  return text;
}

const PARAMETERS = [
  "EndTime",
  "EventSelectors",
  "LookupAttributes",
  "MaxResults",
  "Name",
  "StartTime",
  "TrailName",
  "trailNameList",
];

function parsed(body: Buffer): unknown {
  try {
    return parseJsonDocument(body);
  } catch {
    return null;
  }
}

async function run(
  { services, authorization, transportOf, clock }: CloudTrailDependencies,
  request: IncomingMessage,
  { operation: name, body, authentication }: Asked,
): Promise<string> {
  const { region, credential } = authentication;
  const { principal, session, account } = credential;
  const question = {
    principal,
    action: `cloudtrail:${name}`,
    resource: "*",
    resourceAccountId: account.accountId,
    context: requestContext(
      {
        ...transportOf(request),
        nowMs: clock.nowMs(),
        region,
        userAgent: request.headers["user-agent"] ?? null,
      },
      { principal, session },
      mapContext({}),
    ),
  };
  const decision = await authorization.decide(question, null, session?.policies ?? null);
  if (!decision.allowed) throw new TrailApiError("AccessDeniedException", explainDenial(question, decision));
  const operation = findTrailOperation(name);
  if (operation === null) {
    throw new TrailApiError("UnsupportedOperationException", `This server does not offer ${name}.`);
  }
  const output = await operation(parseJsonDocument(body), { services, account, region });
  return printJsonDocument(output);
}

function operationOf(request: IncomingMessage): string {
  const target = request.headers["x-amz-target"];
  const name = typeof target === "string" ? TARGET.exec(target)?.[1] : undefined;
  if (name === undefined || request.method !== "POST")
    throw new JsonFrontError("UnknownOperationException", "");
  return name;
}

function toRefusal(error: unknown): {
  readonly status: number;
  readonly code: string;
  readonly message: string;
} {
  if (error instanceof TrailApiError || error instanceof JsonFrontError || error instanceof Json11Error) {
    return { status: 400, code: error.code, message: error.message };
  }
  return {
    status: 500,
    code: "InternalFailure",
    message: "The request could not be completed because of an internal error.",
  };
}

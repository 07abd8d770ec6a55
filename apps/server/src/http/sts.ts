import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AuditError } from "@strongroom/audit";
import {
  type CallerCredential,
  findStsOperation,
  type RequestFacts,
  STS_NAMESPACE,
  StsError,
  type StsOperation,
  type StsResult,
  type StsServices,
} from "@strongroom/iam";
import {
  parseQueryParameters,
  printQueryError,
  printQueryResponse,
  type QueryParameters,
  QueryProtocolError,
  splitTarget,
} from "@strongroom/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import { recordQueryCall } from "../audit/query-events.ts";
import type { Logger } from "../log.ts";
import { sendText } from "./plain-response.ts";
import { BodyBrokenOffError, readBody } from "./read-body.ts";
import { RequestRefusedError, type SignatureCheck } from "./signature-check.ts";
import type { TransportFactsOf } from "./transport-facts.ts";

/** A web identity token of 20,000 characters beside a policy of 2,048, percent-encoded. */
const BODY_LIMIT_BYTES = 128 * 1024;
const PARAMETERS_MAX = 1_000;
const CONTENT_TYPE = "text/xml";

export interface StsDependencies {
  readonly checkSignature: SignatureCheck;
  readonly services: StsServices;
  readonly transportOf: TransportFactsOf;
  readonly region: string;
  readonly audit: AuditLog;
  readonly log: Logger;
}

/** AWS STS over the query protocol: reads, authenticates, runs one operation and prints its answer. */
export function createSts(dependencies: StsDependencies) {
  const { log } = dependencies;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader("x-amzn-requestid", requestId);
    const { status, text, operation, errorCode, cause } = await respond(request, requestId, dependencies);
    if (response.destroyed) return;
    sendText(request, response, { status, type: CONTENT_TYPE, text });
    if (cause !== null) log.error({ requestId, operation, errorCode, err: cause }, "request failed");
    else log.debug({ requestId, operation, status, errorCode }, "request answered");
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  /** null when the request was not understood that far. */
  readonly operation: string | null;
  /** null: answered as asked. */
  readonly errorCode: string | null;
  /** What an operator must know and the answer hides. */
  readonly cause: unknown;
}

async function respond(
  request: IncomingMessage,
  requestId: string,
  dependencies: StsDependencies,
): Promise<Answer> {
  const found: { operation: string | null } = { operation: null };
  const asked: Asked = { caller: null, body: new Uint8Array(0), rawQuery: "" };
  const record = (error: QueryCallError | null, answer: string): Promise<void> | null =>
    recordCall(dependencies, asked, { operation: found.operation, requestId, error, answer });
  try {
    await dependencies.audit.ready();
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if (body === null) throw new QueryProtocolError("RequestEntityTooLarge", "The request is too large.");
    const { rawQuery } = splitTarget(request.url ?? "/");
    const limits = { sizeBytes: BODY_LIMIT_BYTES, parameters: PARAMETERS_MAX };
    asked.body = body;
    asked.rawQuery = rawQuery;
    const parameters = parseQueryParameters({ rawQuery, body }, limits);
    const operation = findOperation(parameters);
    found.operation = operation?.name ?? null;
    const result = await perform(operation, parameters, request, asked, dependencies);
    const action = found.operation ?? "";
    const text = printQueryResponse({ action, namespace: STS_NAMESPACE, requestId, result });
    await record(null, text);
    return { status: 200, text, ...found, errorCode: null, cause: null };
  } catch (error) {
    if (error instanceof BodyBrokenOffError) throw error;
    let refusal = toRefusal(error);
    try {
      if (!(error instanceof AuditError)) await record(refusal, "");
    } catch (unrecorded) {
      refusal = toRefusal(unrecorded);
    }
    const { status, code, message, cause } = refusal;
    const type = status < 500 ? "Sender" : "Receiver";
    const text = printQueryError({ code, message, type, namespace: STS_NAMESPACE, requestId });
    return { status, text, ...found, errorCode: code, cause };
  }
}

/** What is known of a request, for its event. */
interface Asked {
  caller: CallerCredential | null;
  body: Uint8Array;
  rawQuery: string;
}

type QueryCallError = { readonly code: string; readonly message: string };

/** null: nothing was asked that is recorded; what strangers try is for the log. */
function recordCall(
  { audit, region }: StsDependencies,
  { caller, body, rawQuery }: Asked,
  call: {
    readonly operation: string | null;
    readonly requestId: string;
    readonly error: QueryCallError | null;
    readonly answer: string;
  },
): Promise<void> | null {
  const { operation, error } = call;
  if (operation === null || (caller === null && error !== null)) return null;
  const accountId = caller?.account.accountId ?? /arn:aws:sts::(\d{12}):/.exec(call.answer)?.[1] ?? "";
  const principal = caller?.principal ?? ({ kind: "anonymous" } as const);
  return recordQueryCall(audit, {
    ...call,
    service: "sts",
    operation,
    error: error === null ? null : { code: error.code, message: error.message },
    principal,
    accountId,
    region,
    body,
    rawQuery,
  });
}

function findOperation(parameters: QueryParameters): StsOperation | null {
  const action = parameters.text("Action") ?? "";
  const version = parameters.text("Version") ?? "";
  return findStsOperation(action, version);
}

async function perform(
  operation: StsOperation | null,
  parameters: QueryParameters,
  request: IncomingMessage,
  asked: Asked,
  dependencies: StsDependencies,
): Promise<StsResult> {
  const { services, transportOf, region } = dependencies;
  const facts: RequestFacts = {
    ...transportOf(request),
    nowMs: services.clock.nowMs(),
    region,
    userAgent: request.headers["user-agent"] ?? null,
  };
  if (operation?.isSigned === false) return operation.run({ parameters, facts }, services);
  // Who asks comes before what is asked: strangers learn nothing about operations.
  const bodySha256Hex = createHash("sha256").update(asked.body).digest("hex");
  const caller = await dependencies.checkSignature(request, ["sts"], bodySha256Hex);
  asked.caller = caller;
  if (operation !== null) return operation.run({ parameters, facts, caller }, services);
  const action = parameters.text("Action") ?? "NO_ACTION_SPECIFIED";
  const version = parameters.text("Version") ?? "NO_VERSION_SPECIFIED";
  throw new StsError("InvalidAction", `Could not find operation ${action} for version ${version}`);
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly cause: unknown;
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof RequestRefusedError || error instanceof StsError) {
    const { status, code, message } = error;
    // Why a provider cannot be reached is the operator's to know.
    return { status, code, message, cause: code === "IDPCommunicationError" ? error.cause : null };
  }
  if (error instanceof QueryProtocolError) {
    const status = error.code === "RequestEntityTooLarge" ? 413 : 400;
    return { status, code: error.code, message: error.message, cause: null };
  }
  const message = "The request could not be completed.";
  return { status: 500, code: "InternalFailure", message, cause: error };
}

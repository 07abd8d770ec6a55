import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
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
import { sendText } from "./plain-response.ts";
import { readBody } from "./read-body.ts";
import { RequestRefusedError, type SignatureCheck } from "./signature-check.ts";
import type { TransportFactsOf } from "./transport-facts.ts";

/** A web identity token of 20,000 characters beside a policy of 2,048, percent-encoded. */
const BODY_LIMIT_BYTES = 128 * 1024;
const CONTENT_TYPE = "text/xml";

export interface StsDependencies {
  readonly checkSignature: SignatureCheck;
  readonly services: StsServices;
  readonly transportOf: TransportFactsOf;
  readonly region: string;
}

/** AWS STS over the query protocol: reads, authenticates, runs one operation and prints its answer. */
export function createSts(dependencies: StsDependencies) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader("x-amzn-requestid", requestId);
    try {
      const body = await readBody(request, BODY_LIMIT_BYTES);
      if (body === null) throw new QueryProtocolError("RequestEntityTooLarge", "The request is too large.");
      const { rawQuery } = splitTarget(request.url ?? "/");
      const parameters = parseQueryParameters(
        { rawQuery, body },
        { sizeBytes: BODY_LIMIT_BYTES, parameters: 1_000 },
      );
      const operation = findOperation(parameters);
      const result = await perform(operation, parameters, request, body, dependencies);
      const text = printQueryResponse({
        action: operation?.name ?? "",
        namespace: STS_NAMESPACE,
        requestId,
        result,
      });
      sendText(request, response, { status: 200, type: CONTENT_TYPE, text });
    } catch (error) {
      sendRefusal(request, response, error, requestId);
    }
  };
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
  body: Buffer,
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
  const bodySha256Hex = createHash("sha256").update(body).digest("hex");
  const caller = await dependencies.checkSignature(request, ["sts"], bodySha256Hex);
  if (operation !== null) return operation.run({ parameters, facts, caller }, services);
  const action = parameters.text("Action") ?? "NO_ACTION_SPECIFIED";
  const version = parameters.text("Version") ?? "NO_VERSION_SPECIFIED";
  throw new StsError("InvalidAction", `Could not find operation ${action} for version ${version}`);
}

function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string,
): void {
  if (response.headersSent || response.destroyed) return;
  const { status, code, message } = toRefusal(error);
  const type = status < 500 ? "Sender" : "Receiver";
  const text = printQueryError({ code, message, type, namespace: STS_NAMESPACE, requestId });
  sendText(request, response, { status, type: CONTENT_TYPE, text });
  if (code === "InternalFailure") throw error;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof RequestRefusedError || error instanceof StsError) return error;
  if (error instanceof QueryProtocolError) {
    const status = error.code === "RequestEntityTooLarge" ? 413 : 400;
    return { status, code: error.code, message: error.message };
  }
  return { status: 500, code: "InternalFailure", message: "The request could not be completed." };
}

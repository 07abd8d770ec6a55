import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { IAM_NAMESPACE, type IamRequest, type IamResponse } from "@strongroom/iam";
import { printQueryError, splitTarget } from "@strongroom/wire";
import type { Logger } from "../log.ts";
import { sendText } from "./plain-response.ts";
import { readBody } from "./read-body.ts";
import { RequestRefusedError, type SignatureCheck } from "./signature-check.ts";
import type { TransportFactsOf } from "./transport-facts.ts";

/** AWS's largest policies, percent-encoded, and a hundred of ordinary size to simulate. */
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const CONTENT_TYPE = "text/xml";

export interface IamDependencies {
  readonly answer: (request: IamRequest) => Promise<IamResponse>;
  readonly checkSignature: SignatureCheck;
  readonly transportOf: TransportFactsOf;
  readonly region: string;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** AWS IAM over HTTP: who asks comes before what is asked, so strangers learn nothing about operations. */
export function createIam(dependencies: IamDependencies) {
  const { log } = dependencies;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader("x-amzn-requestid", requestId);
    const { status, xml, operation, errorCode, cause } = await respond(dependencies, request, requestId);
    if (response.destroyed) return;
    sendText(request, response, { status, type: CONTENT_TYPE, text: xml });
    if (cause !== null) log.error({ requestId, operation, err: cause }, "request failed");
    else log.debug({ requestId, operation, status, errorCode }, "request answered");
  };
}

async function respond(
  dependencies: IamDependencies,
  request: IncomingMessage,
  requestId: string,
): Promise<IamResponse> {
  const { answer, checkSignature, transportOf, region, nowMs } = dependencies;
  try {
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if (body === null)
      throw new RequestRefusedError(413, "RequestEntityTooLarge", "The request is too large.");
    const bodySha256Hex = createHash("sha256").update(body).digest("hex");
    const caller = await checkSignature(request, ["iam"], bodySha256Hex);
    const { rawQuery } = splitTarget(request.url ?? "/");
    const userAgent = request.headers["user-agent"] ?? null;
    const facts = { ...transportOf(request), nowMs: nowMs(), region, userAgent };
    return await answer({ requestId, rawQuery, body, caller, facts });
  } catch (error) {
    if (!(error instanceof RequestRefusedError)) throw error;
    const { status, code, message } = error;
    const xml = printQueryError({ code, message, type: "Sender", namespace: IAM_NAMESPACE, requestId });
    return { status, xml, operation: null, errorCode: code, cause: null };
  }
}

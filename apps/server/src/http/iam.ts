import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AuditError } from "@strongroom/audit";
import { IAM_NAMESPACE, type IamRequest, type IamResponse } from "@strongroom/iam";
import { printQueryError, splitTarget } from "@strongroom/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import { recordQueryCall } from "../audit/query-events.ts";
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
  readonly audit: AuditLog;
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
  const { answer, checkSignature, transportOf, region, nowMs, audit } = dependencies;
  try {
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if (body === null)
      throw new RequestRefusedError(413, "RequestEntityTooLarge", "The request is too large.");
    const bodySha256Hex = createHash("sha256").update(body).digest("hex");
    const caller = await checkSignature(request, ["iam"], bodySha256Hex);
    const { rawQuery } = splitTarget(request.url ?? "/");
    const userAgent = request.headers["user-agent"] ?? null;
    const facts = { ...transportOf(request), nowMs: nowMs(), region, userAgent };
    await audit.ready();
    const answered = await answer({ requestId, rawQuery, body, caller, facts });
    const { operation, errorCode, errorMessage } = answered;
    if (operation !== null) {
      await recordQueryCall(audit, {
        service: "iam",
        operation,
        principal: caller.principal,
        accountId: caller.account.accountId,
        region,
        requestId,
        rawQuery,
        body,
        error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? "" },
        answer: answered.xml,
      });
    }
    return answered;
  } catch (error) {
    if (error instanceof AuditError) return unrecorded(error, requestId);
    if (!(error instanceof RequestRefusedError)) throw error;
    const { status, code, message } = error;
    const xml = printQueryError({ code, message, type: "Sender", namespace: IAM_NAMESPACE, requestId });
    return { status, xml, operation: null, errorCode: code, errorMessage: message, cause: null };
  }
}

/** The call may have been done; it is not answered as if it had been, since nobody could tell later that it was. */
function unrecorded(cause: AuditError, requestId: string): IamResponse {
  const code = "ServiceFailure";
  const message = "The request could not be completed.";
  const xml = printQueryError({ code, message, type: "Receiver", namespace: IAM_NAMESPACE, requestId });
  return { status: 500, xml, operation: null, errorCode: code, errorMessage: message, cause };
}

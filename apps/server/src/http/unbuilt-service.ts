import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { queryErrorXml, sendText } from "./plain-response.ts";
import type { ServiceName } from "./service-name.ts";

const MESSAGE = "This service is not built yet.";

/** 501 in the shape of the service's own protocol, so that a client shows the reason instead of a parse error. */
export function answerUnbuilt(
  service: Exclude<ServiceName, "s3">,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const requestId = randomUUID();
  response.setHeader("x-amzn-requestid", requestId);
  if (service === "kms" || service === "cloudtrail") {
    const text = JSON.stringify({ __type: "UnsupportedOperationException", message: MESSAGE });
    sendText(request, response, { status: 501, type: "application/x-amz-json-1.1", text });
    return;
  }
  const namespace =
    service === "iam"
      ? "https://iam.amazonaws.com/doc/2010-05-08/"
      : "https://sts.amazonaws.com/doc/2011-06-15/";
  const text = queryErrorXml("NotImplemented", MESSAGE, requestId, namespace);
  sendText(request, response, { status: 501, type: "text/xml", text });
}

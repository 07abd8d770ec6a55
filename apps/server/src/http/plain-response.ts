import type { IncomingMessage, ServerResponse } from "node:http";
import { element, printXml } from "@strongroom/wire";

/** Sends a small whole body. A request body that was not read is discarded by closing the connection after. */
export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  message: { readonly status: number; readonly type: string; readonly text: string },
): void {
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  const hasBody = encoding !== undefined || (declared !== undefined && declared !== "0");
  const hasUnreadBody = hasBody && !request.readableEnded;
  response.writeHead(message.status, {
    "content-type": message.type,
    "content-length": Buffer.byteLength(message.text),
    "cache-control": "no-store",
    ...(hasUnreadBody ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : message.text);
  // What still arrives until then is thrown away: a full buffer would reset the connection before the answer is read.
  if (hasUnreadBody) request.resume();
}

/** The error document of the query protocols (IAM, STS). */
export function queryErrorXml(code: string, text: string, requestId: string, namespace: string): string {
  const type = code === "InternalFailure" ? "Receiver" : "Sender";
  return printXml(
    element(
      "ErrorResponse",
      [
        element("Error", [element("Type", type), element("Code", code), element("Message", text)]),
        element("RequestId", requestId),
      ],
      { xmlns: namespace },
    ),
    { declaration: false },
  );
}

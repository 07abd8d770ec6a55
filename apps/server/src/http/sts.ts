import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Account } from "@strongroom/iam";
import { element, printXml, WireError } from "@strongroom/wire";
import { queryErrorXml, sendText } from "./plain-response.ts";
import { RequestRefusedError, type SignatureCheck } from "./signature-check.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const BODY_LIMIT_BYTES = 64 * 1024;

export interface StsDependencies {
  readonly checkSignature: SignatureCheck;
}

/** AWS STS, query protocol: GetCallerIdentity, by which people see whether their credentials work. */
export function createSts(dependencies: StsDependencies) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader("x-amzn-requestid", requestId);
    try {
      const body = await readBody(request);
      const bodySha256Hex = createHash("sha256").update(body).digest("hex");
      const { account } = await dependencies.checkSignature(request, ["sts"], bodySha256Hex);
      const action = new URLSearchParams(body.toString("latin1")).get("Action");
      if (action === "GetCallerIdentity") {
        sendText(request, response, {
          status: 200,
          type: "text/xml",
          text: callerIdentity(account, requestId),
        });
        return;
      }
      throw new RequestRefusedError(501, "NotImplemented", "This operation is not built yet.");
    } catch (error) {
      sendRefusal(request, response, error, requestId);
    }
  };
}

function callerIdentity(account: Account, requestId: string): string {
  const { accountId } = account;
  return printXml(
    element(
      "GetCallerIdentityResponse",
      [
        element("GetCallerIdentityResult", [
          element("Arn", `arn:aws:iam::${accountId}:root`),
          element("UserId", accountId),
          element("Account", accountId),
        ]),
        element("ResponseMetadata", [element("RequestId", requestId)]),
      ],
      { xmlns: NAMESPACE },
    ),
    { declaration: false },
  );
}

function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string,
): void {
  if (response.headersSent || response.destroyed) return;
  const refused = toRefusal(error);
  const text = queryErrorXml(refused.code, refused.message, requestId, NAMESPACE);
  sendText(request, response, { status: refused.status, type: "text/xml", text });
  if (refused.code === "InternalFailure") throw error;
}

function toRefusal(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof RequestRefusedError) return error;
  if (error instanceof WireError) {
    const code = error.code === "RequestTimeTooSkewed" ? "SignatureDoesNotMatch" : error.code;
    return { status: error.kind === "denied" ? 403 : 400, code, message: error.message };
  }
  return { status: 500, code: "InternalFailure", message: "The request could not be completed." };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("a request body is bytes");
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_LIMIT_BYTES)
      throw new RequestRefusedError(413, "RequestEntityTooLarge", "The request is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

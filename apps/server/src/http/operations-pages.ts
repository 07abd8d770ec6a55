import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { METRICS_CONTENT_TYPE } from "../metrics.ts";
import type { ExplainAnswer } from "./explain-page.ts";
import { sendText } from "./plain-response.ts";
import type { SignatureCheck } from "./signature-check.ts";
import type { TransportFactsOf } from "./transport-facts.ts";

export interface OperationsPagesDependencies {
  /** Resolves when the server can read its index; rejects otherwise. */
  readonly checkReady: () => Promise<void>;
  readonly isDraining: () => boolean;
  /** Prometheus text summed over all processes. */
  readonly printMetrics: () => Promise<string>;
  readonly checkSignature: SignatureCheck;
  readonly transportOf: TransportFactsOf;
  readonly explainPage: (request: IncomingMessage) => Promise<ExplainAnswer>;
}

const PREFIX = "/-/";
const EMPTY_SHA256 = createHash("sha256").digest("hex");
const PLAIN = "text/plain; charset=utf-8";

/** Whether the path is the server's own. No bucket is named "-". */
export function isOperationsPage(target: string | undefined): boolean {
  return target?.startsWith(PREFIX) === true;
}

/** `/-/health/live`, `/-/health/ready`, `/-/metrics`, `/-/explain/read`. */
export function createOperationsPages(dependencies: OperationsPagesDependencies) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "").split("?", 1)[0];
    const isRead = request.method === "GET" || request.method === "HEAD";
    const send = (status: number, text: string, type = PLAIN): void =>
      sendText(request, response, { status, type, text });
    if (!isRead) return send(405, "method not allowed\n");
    if (path === "/-/health/live") return send(200, "live\n");
    if (path === "/-/health/ready")
      return (await isReady(dependencies)) ? send(200, "ready\n") : send(503, "not ready\n");
    if (path === "/-/explain/read") {
      const { status, text } = await dependencies.explainPage(request);
      return send(status, `${text}\n`, "application/json");
    }
    if (path !== "/-/metrics") return send(404, "not found\n");
    if (!(await mayReadMetrics(request, dependencies))) return send(403, "forbidden\n");
    send(200, await dependencies.printMetrics(), METRICS_CONTENT_TYPE);
  };
}

async function isReady(dependencies: OperationsPagesDependencies): Promise<boolean> {
  if (dependencies.isDraining()) return false;
  try {
    await dependencies.checkReady();
    return true;
  } catch {
    return false;
  }
}

/** From this machine, and not through a trusted proxy for somebody elsewhere, or signed by the root account. */
async function mayReadMetrics(
  request: IncomingMessage,
  dependencies: OperationsPagesDependencies,
): Promise<boolean> {
  if (isLoopback(dependencies.transportOf(request).sourceIp)) return true;
  try {
    const credential = await dependencies.checkSignature(request, ["s3"], EMPTY_SHA256);
    return credential.account.isServerRoot && credential.principal.kind === "root";
  } catch {
    return false;
  }
}

function isLoopback(address: string): boolean {
  return /^127\.|^::1$/.test(address);
}

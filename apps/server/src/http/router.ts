import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { OnRequest } from "@strongroom/s3";
import { IndexIntegrityError } from "@strongroom/store";
import { type AuditScope, inAuditScope } from "../audit/audit-scope.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { ContradictingForwardsError } from "./client-address.ts";
import { isOperationsPage } from "./operations-pages.ts";
import { sendText } from "./plain-response.ts";
import { BodyBrokenOffError } from "./read-body.ts";
import { serviceOf } from "./service-name.ts";
import type { TransportFactsOf } from "./transport-facts.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface RouterDependencies {
  readonly s3: Answer;
  readonly sts: Answer;
  readonly kms: Answer;
  readonly iam: Answer;
  readonly cloudtrail: Answer;
  readonly operationsPages: Answer;
  readonly transportOf: TransportFactsOf;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Hands each request of the one port to the service it is for. */
export function createRouter(dependencies: RouterDependencies): OnRequest {
  const { s3, metrics } = dependencies;
  const traffic = new Traffic(metrics);
  const answerOther = answerMeasured(dependencies);
  return async (request, response) => {
    // A request that was broken off has no socket any more.
    const { socket } = request;
    try {
      if (contradictsItself(request, dependencies.transportOf)) {
        const text = "contradicting forwarded headers\n";
        sendText(request, response, { status: 400, type: "text/plain", text });
        return;
      }
      const isPage = isOperationsPage(request.url);
      const scope = scopeOf(request, dependencies.transportOf);
      if (!isPage && serviceOf(request) === "s3") await inAuditScope(scope, () => s3(request, response));
      else await inAuditScope(scope, () => answerOther(request, response, isPage));
      traffic.count(socket);
    } catch (error) {
      // Whatever it was, it is one request's: its connection ends, and not the process.
      dependencies.log.error({ err: error }, "request failed");
      socket.destroy();
    }
  };
}

/** A trusted proxy let one kind of forwarded header through from its client: which one is true cannot be told. */
function contradictsItself(request: IncomingMessage, transportOf: TransportFactsOf): boolean {
  try {
    transportOf(request);
    return false;
  } catch (error) {
    if (error instanceof ContradictingForwardsError) return true;
    throw error;
  }
}

/** What a request's events will tell of its way here. */
function scopeOf(request: IncomingMessage, transportOf: TransportFactsOf): AuditScope {
  const { socket, headers } = request;
  const cipher = socket instanceof TLSSocket ? socket.getCipher() : undefined;
  return {
    transport: transportOf(request),
    userAgent: headers["user-agent"]?.slice(0, 1024) ?? "",
    host: headers.host ?? null,
    cipherSuite: cipher?.standardName ?? null,
    requestId: null,
    accessKeyId: null,
    session: null,
    decisions: [],
  };
}

function answerMeasured(dependencies: RouterDependencies) {
  const { sts, kms, iam, cloudtrail, operationsPages, metrics, log } = dependencies;
  return async (request: IncomingMessage, response: ServerResponse, isPage: boolean): Promise<void> => {
    const startedMs = performance.now();
    const service = isPage ? "page" : serviceOf(request);
    if (request.headers.expect?.toLowerCase() === "100-continue") response.writeContinue();
    try {
      if (isPage) await operationsPages(request, response);
      else if (service === "sts") await sts(request, response);
      else if (service === "kms") await kms(request, response);
      else if (service === "iam") await iam(request, response);
      else if (service === "cloudtrail") await cloudtrail(request, response);
    } catch (error) {
      if (error instanceof BodyBrokenOffError) {
        response.destroy();
        return;
      }
      if (error instanceof IndexIntegrityError) metrics.countIntegrityFailure();
      log.error({ err: error, service }, "request failed");
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-length": 0, connection: "close" }).end();
    }
    const seconds = (performance.now() - startedMs) / 1000;
    metrics.countRequest({ operation: service, status: response.statusCode, seconds });
  };
}

/** Counts what went over a connection since the last look; a connection carries many requests. */
class Traffic {
  readonly #metrics: Metrics;
  readonly #counted = new WeakMap<Socket, { received: number; sent: number }>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  count(socket: Socket): void {
    const received = socket.bytesRead;
    const sent = socket.bytesWritten;
    const before = this.#counted.get(socket);
    if (before === undefined) this.#counted.set(socket, { received, sent });
    // A destroyed socket reports less than before; counters only grow.
    this.#metrics.countTraffic(
      Math.max(0, received - (before?.received ?? 0)),
      Math.max(0, sent - (before?.sent ?? 0)),
    );
    if (before !== undefined) {
      before.received = received;
      before.sent = sent;
    }
  }
}

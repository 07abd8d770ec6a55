import { createServer as createHttpServer, type Server as HttpServer, type ServerOptions } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { type OnRequest, SERVER_OPTIONS, serveRequests } from "@strongroom/s3";
import type { Address } from "../configuration/setting.ts";
import { ServerError } from "../server-error.ts";
import { secureContextOptions, type TlsIdentity, tlsOptions } from "../tls/tls-options.ts";

export interface ListenerOptions {
  readonly address: Address;
  /** null: plain HTTP, for `--insecure-http` alone. */
  readonly tls: TlsIdentity | null;
  readonly maxConnections: number;
  readonly onRequest: OnRequest;
}

const LIMITS: ServerOptions = {
  ...SERVER_OPTIONS,
  // How often heads that are too slow are looked for.
  connectionsCheckingInterval: 5_000,
  // Longer than the idle time of common load balancers and SDK pools, so that it is they who close.
  keepAliveTimeout: 75_000,
  keepAlive: true,
  highWaterMark: 256 * 1024,
};
const BACKLOG = 1024;
const IDLE_CHECK_MS = 50;

/** One listening port. */
export class Listener {
  readonly #server: HttpServer | HttpsServer;
  readonly #address: Address;

  constructor(options: ListenerOptions) {
    this.#address = options.address;
    const server =
      options.tls === null
        ? createHttpServer(LIMITS)
        : createHttpsServer({ ...LIMITS, ...tlsOptions(options.tls) });
    server.maxConnections = options.maxConnections;
    // Every header is kept: one that was silently dropped might be one that was signed. The head's size bounds them.
    server.maxHeadersCount = 0;
    serveRequests(server, options.onRequest);
    this.#server = server;
  }

  /** Resolves with the port that was bound. Throws AddressInUse. */
  listen(): Promise<number> {
    const { host, port } = this.#address;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const onError = (error: Error): void => {
      const code = "code" in error ? String(error.code) : "unknown error";
      reject(new ServerError("AddressInUse", "state", `cannot listen on ${host}:${port}: ${code}`));
    };
    this.#server.once("error", onError);
    this.#server.listen({ host, port, backlog: BACKLOG }, () => {
      this.#server.off("error", onError);
      // An accept that fails for want of descriptors must not end the process.
      this.#server.on("error", () => {});
      const bound = this.#server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
    return promise;
  }

  /** New handshakes use `identity`; open connections go on. */
  replaceTls(identity: TlsIdentity): void {
    if (!("setSecureContext" in this.#server)) return;
    this.#server.setSecureContext(secureContextOptions(identity));
    this.#server.setTicketKeys(identity.ticketKeys);
  }

  /** Stops accepting and closes idle connections; resolves when the last request is answered. */
  drain(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // A connection whose last request is answered while draining becomes idle: it is closed then.
    const timer = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MS);
    this.#server.close(() => {
      clearInterval(timer);
      resolve();
    });
    return promise;
  }

  /** Closes what is left, in the middle of whatever it does. */
  abort(): void {
    this.#server.closeAllConnections();
  }
}

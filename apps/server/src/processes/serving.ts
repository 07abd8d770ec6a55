import type { GatheredLogs } from "../access-logs/gathered-logs.ts";
import { compose } from "../compose.ts";
import type { Config } from "../config.ts";
import { Listener } from "../http/listener.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { TlsIdentity } from "../tls/tls-options.ts";
import type { Vault } from "../vault.ts";

export interface ServingOptions {
  readonly config: Config;
  readonly vault: Vault;
  readonly tls: TlsIdentity;
  readonly incarnation: string;
  readonly isLive: (incarnation: string) => boolean;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly printMetrics: () => Promise<string>;
}

interface ServingParts {
  readonly listeners: readonly Listener[];
  readonly accessLogs: Pick<GatheredLogs, "stop">;
  readonly state: { draining: boolean };
  readonly drainMs: number;
  readonly port: number;
}

/** A process that answers requests: its listeners and how they end. */
export class Serving {
  readonly #listeners: readonly Listener[];
  readonly #accessLogs: Pick<GatheredLogs, "stop">;
  readonly #state: { draining: boolean };
  readonly #drainMs: number;
  /** The bound TLS port. */
  readonly port: number;

  private constructor(parts: ServingParts) {
    this.#listeners = parts.listeners;
    this.#accessLogs = parts.accessLogs;
    this.#state = parts.state;
    this.#drainMs = parts.drainMs;
    this.port = parts.port;
  }

  /** Resolves when all ports accept connections. Throws AddressInUse. */
  static async start(options: ServingOptions): Promise<Serving> {
    const { config } = options;
    const state = { draining: false };
    const { answer, accessLogs } = compose({ ...options, isDraining: () => state.draining });
    const onRequest: typeof answer = (request, response) => {
      if (state.draining) response.shouldKeepAlive = false;
      return answer(request, response);
    };
    const { maxConnections } = config;
    const secure = new Listener({ address: config.listen, tls: options.tls, maxConnections, onRequest });
    const listeners = [secure];
    if (config.insecureHttp !== null) {
      listeners.push(new Listener({ address: config.insecureHttp, tls: null, maxConnections, onRequest }));
    }
    const [port = 0] = await Promise.all(listeners.map((listener) => listener.listen()));
    return new Serving({ listeners, accessLogs, state, drainMs: config.drainMs, port });
  }

  replaceTls(identity: TlsIdentity): void {
    for (const listener of this.#listeners) listener.replaceTls(identity);
  }

  /**
   * Stops accepting, lets requests finish for the configured time, then cuts what is left and delivers the access logs.
   * Never rejects.
   */
  async drain(): Promise<void> {
    this.#state.draining = true;
    const cut = setTimeout(() => {
      for (const listener of this.#listeners) listener.abort();
    }, this.#drainMs);
    await Promise.all(this.#listeners.map((listener) => listener.drain()));
    clearTimeout(cut);
    await this.#accessLogs.stop();
  }
}

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

/** A process that answers requests: its listeners and how they end. */
export class Serving {
  readonly #listeners: readonly Listener[];
  readonly #state: { draining: boolean };
  readonly #drainMs: number;
  /** The bound TLS port. */
  readonly port: number;

  private constructor(
    listeners: readonly Listener[],
    state: { draining: boolean },
    drainMs: number,
    port: number,
  ) {
    this.#listeners = listeners;
    this.#state = state;
    this.#drainMs = drainMs;
    this.port = port;
  }

  /** Resolves when all ports accept connections. Throws AddressInUse. */
  static async start(options: ServingOptions): Promise<Serving> {
    const { config } = options;
    const state = { draining: false };
    const answer = compose({ ...options, isDraining: () => state.draining });
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
    return new Serving(listeners, state, config.drainMs, port);
  }

  replaceTls(identity: TlsIdentity): void {
    for (const listener of this.#listeners) listener.replaceTls(identity);
  }

  /** Stops accepting, lets requests finish for the configured time, then cuts what is left. Never rejects. */
  async drain(): Promise<void> {
    this.#state.draining = true;
    const cut = setTimeout(() => {
      for (const listener of this.#listeners) listener.abort();
    }, this.#drainMs);
    await Promise.all(this.#listeners.map((listener) => listener.drain()));
    clearTimeout(cut);
  }
}

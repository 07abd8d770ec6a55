import type { Engine } from "@strongroom/store";
import { sweepOnce } from "../compose.ts";
import type { Logger } from "../log.ts";

const INTERVAL_MS = 60_000;

/** Runs the sweep at the start, every minute, and soon after a worker died; never two at a time. */
export class Sweeper {
  readonly #engine: Engine;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(engine: Engine, log: Logger) {
    this.#engine = engine;
    this.#log = log;
    this.#timer = setInterval(() => this.request(), INTERVAL_MS);
    this.#timer.unref();
    this.request();
  }

  request(): void {
    if (this.#running !== null) {
      this.#again = true;
      return;
    }
    this.#running = sweepOnce(this.#engine, this.#log).finally(() => {
      this.#running = null;
      if (!this.#again) return;
      this.#again = false;
      this.request();
    });
  }

  /** Resolves when a sweep under way is done. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#again = false;
    await this.#running;
  }
}

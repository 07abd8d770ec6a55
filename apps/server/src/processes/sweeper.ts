import type { Engine } from "@strongroom/store";
import { collectOnce, sweepOnce } from "../compose.ts";
import type { Logger } from "../log.ts";

/** Parts that were let go wait for downloads under way; how often it is looked whose wait is over. */
const COLLECT_INTERVAL_MS = 5_000;
/** Only a death leaves anything to sweep, and each is swept after; this makes up for a sweep that failed. */
const SWEEP_INTERVAL_MS = 3_600_000;

/** Frees what nothing refers to: parts whose grace is over, and blobs of processes that died. One job at a time. */
export class Sweeper {
  readonly #engine: Engine;
  readonly #log: Logger;
  readonly #timers: readonly NodeJS.Timeout[];
  #running: Promise<void> | null = null;
  #sweepWanted = true;
  #stopped = false;

  constructor(engine: Engine, log: Logger) {
    this.#engine = engine;
    this.#log = log;
    this.#timers = [
      setInterval(() => this.#run(), COLLECT_INTERVAL_MS),
      setInterval(() => this.request(), SWEEP_INTERVAL_MS),
    ];
    for (const timer of this.#timers) timer.unref();
    this.#run();
  }

  /** A process died: its unfinished blobs can go. */
  request(): void {
    this.#sweepWanted = true;
    this.#run();
  }

  /** Resolves when a job under way is done; none starts after. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#running;
  }

  #run(): void {
    if (this.#running !== null || this.#stopped) return;
    const job = this.#sweepWanted ? sweepOnce : collectOnce;
    this.#sweepWanted = false;
    this.#running = job(this.#engine, this.#log).finally(() => {
      this.#running = null;
      if (this.#sweepWanted) this.#run();
    });
  }
}

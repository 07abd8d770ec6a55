import type { Logger } from "../log.ts";

export interface ScheduledWorkOptions {
  readonly everyMs: number;
  /** What is done at each look; ends early once `isStopped`. */
  readonly work: (isStopped: () => boolean) => Promise<void>;
  readonly log: Logger;
  /** Logged with the error when a look fails; it is tried again at the next one. */
  readonly failure: string;
}

/** Looks again and again whether there is something to do; never two at once. In the primary process only. */
export class ScheduledWork {
  readonly #options: ScheduledWorkOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(options: ScheduledWorkOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), options.everyMs);
    this.#timer.unref();
  }

  /** Looks now. Never throws. */
  look(): void {
    if (this.#running !== null || this.#stopped) return;
    const { work, log, failure } = this.#options;
    this.#running = work(() => this.#stopped)
      .catch((error: unknown) => log.error({ err: error }, failure))
      .finally(() => {
        this.#running = null;
      });
  }

  /** Resolves when the step under way is done; its progress is kept. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}

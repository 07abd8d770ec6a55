import type { DigestMaker } from "@strongroom/audit";
import type { Logger } from "../log.ts";

const INTERVAL_MS = 3_600_000;

/** Signs a digest at the start, every hour unless told otherwise, and at the end. In the primary process only. */
export class DigestSchedule {
  readonly #maker: Pick<DigestMaker, "make">;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #making: Promise<void> = Promise.resolve();

  constructor(maker: Pick<DigestMaker, "make">, log: Logger, intervalMs = INTERVAL_MS) {
    this.#maker = maker;
    this.#log = log;
    this.#timer = setInterval(() => this.make(), intervalMs);
    this.#timer.unref();
    this.make();
  }

  /** Never throws: what fails is told, and tried again at the next time. */
  make(): void {
    this.#making = this.#making.then(async () => {
      try {
        const { number } = await this.#maker.make();
        this.#log.debug({ number }, "audit digest signed");
      } catch (error) {
        this.#log.error({ err: error }, "the audit trail's digest was not signed; it is tried again");
      }
    });
  }

  /** Resolves when a last digest covers everything. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.make();
    await this.#making;
  }
}

import type { KeyService } from "@strongroom/kms";
import type { Logger } from "../log.ts";

/** How late a rotation, a deletion or an expiry may be. Whether a key may be used is decided by the clock, not by this. */
const INTERVAL_MS = 60_000;

const LEFT_IN_DEVICE =
  "a key was deleted, and its device could not be asked: destroy the key there whose label is the id of this one";

/** Rotates, deletes and expires keys when their time has come. Runs in the primary process only. */
export class KeyMaintenance {
  readonly #keyService: Pick<KeyService, "maintain">;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;

  constructor(keyService: Pick<KeyService, "maintain">, log: Logger) {
    this.#keyService = keyService;
    this.#log = log;
    this.#timer = setInterval(() => this.#run(), INTERVAL_MS);
    this.#timer.unref();
    this.#run();
  }

  /** Resolves when a pass under way is done; none starts after. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #run(): void {
    this.#running ??= this.#pass().finally(() => {
      this.#running = null;
    });
  }

  async #pass(): Promise<void> {
    try {
      const report = await this.#keyService.maintain(
        (keyArn, error) =>
          this.#log.error({ keyArn, err: error }, "a key could not be maintained; it is tried again later"),
        (keyArn, error) => this.#log.error({ keyArn, err: error }, LEFT_IN_DEVICE),
      );
      if (report.deletedKeys + report.rotatedKeys + report.expiredMaterials > 0) {
        this.#log.info({ ...report }, "keys maintained");
      }
    } catch (error) {
      this.#log.error({ err: error }, "keys were not maintained; it is tried again later");
    }
  }
}

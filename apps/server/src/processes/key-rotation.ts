import type { Logger } from "../log.ts";
import { isKmsUnproven, type KmsRewrapJob } from "./kms-rewrap-job.ts";
import { isUnproven, type RewrapJob, type RotatedKeys } from "./rewrap-job.ts";

/** How often it is looked whether a master key is old, or a run was asked for by a command. */
const LOOK_INTERVAL_MS = 10_000;
const DAY_MS = 86_400_000;

export interface KeyRotationOptions {
  readonly job: RewrapJob;
  readonly kmsJob: KmsRewrapJob;
  readonly masterKeys: RotatedKeys;
  /** A master key older than this is followed by a new one. */
  readonly days: number;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** Rotates the SSE-S3 master keys by schedule and works on runs of the rewrap job. In the primary process only. */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks now. Never throws; what fails is tried again at the next look. */
  look(): void {
    if (this.#running !== null || this.#stopped) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when the step under way is done; its progress is kept. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { job, masterKeys, days, nowMs, log } = this.#options;
    try {
      if (nowMs() - masterKeys.current().createdMs >= days * DAY_MS) {
        log.info({ version: await job.rotate() }, "SSE-S3 master key rotated by schedule");
      }
      let isReported = false;
      const run = await job.work(
        () => this.#stopped,
        (now) => {
          isReported = now.finishedMs !== null;
        },
      );
      if (isReported && run !== null) {
        const { targetVersion, wrapped, passes, surveyed, unreadable = 0, left = 0, unknown = 0 } = run;
        const told = { targetVersion, wrapped, passes, surveyed };
        if (isUnproven(run))
          log.error(
            { ...told, unreadable, left, unknown },
            "data keys that do not open, or records of an unknown format, are left under older master keys",
          );
        else log.info(told, "every data key is under the newest master key, which is proven");
      }
      for (const { keyArn, toKeyArn, refusal, ...ended } of await this.#options.kmsJob.workOnAll(
        () => this.#stopped,
      )) {
        const { wrapped, surveyed, left, unknown, locked, unreadable } = ended;
        const told = { keyArn, toKeyArn, wrapped, surveyed };
        if (isKmsUnproven({ keyArn, toKeyArn, refusal, ...ended }))
          log.error(
            { ...told, refusal, left, unknown, locked, unreadable },
            "objects are left under a KMS key",
          );
        else log.info(told, "no object is left under a KMS key or its older materials, which is proven");
      }
    } catch (error) {
      log.error({ err: error }, "rotation or rewrap failed; it is tried again");
    }
  }
}

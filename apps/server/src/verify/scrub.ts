import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, RecordStore } from "@strongroom/base";
import type { Finding } from "@strongroom/store";
import type { Logger } from "../log.ts";
import { isHeldByOther, newOwner } from "../processes/run-lease.ts";
import type { ScrubMetrics } from "./scrub-metrics.ts";
import { type FoundScrub, findScrub, type ScrubRun, storeScrub } from "./scrub-record.ts";
import { newPass, type VerifyPass } from "./verify-pass.ts";

export interface ScrubOptions {
  /** A pass whose work is paced by what it is given. */
  readonly passOf: (pace: (readBytes: number) => Promise<void>) => Pick<VerifyPass, "step">;
  readonly rate: { take(bytes: number): Promise<void> };
  readonly records: RecordStore;
  readonly clock: Clock;
  /** Days from the beginning of one pass to that of the next; 0: one after the other. */
  readonly days: number;
  readonly log: Logger;
  readonly metrics: ScrubMetrics;
}

const LOOK_INTERVAL_MS = 10_000;
/** A pass whose process went silent is taken up by another after this; one whose process is gone, at once. */
const LEASE_MS = 60_000;
/** How much work a crash costs at most, and how often the lease is renewed. */
const STORE_INTERVAL_MS = 5_000;
const DAY_MS = 86_400_000;
/** Between passes that follow one another, so that an empty store is not looked at in a loop. */
const BREATH_MS = 1_000;

/** Somebody else holds the lease now. */
class LeaseLostError extends Error {}
class StoppedError extends Error {}

/**
 * Verifies everything stored in the background, at a rate, over and over. Exactly one process holds the lease;
 * progress survives the process. What is found goes to the log without names, to the metrics, and by name into the
 * sealed record that `strongroom verify --last` prints.
 */
export class Scrub {
  readonly #options: ScrubOptions;
  readonly #owner = newOwner();
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #stopped = false;
  #mine: FoundScrub | null = null;
  #storedMs = 0;

  constructor(options: ScrubOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks now whether a pass is due or unfinished. Never throws; what fails is tried again at the next look. */
  look(): void {
    if (this.#running !== null || this.#stopped) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when the work under way has stopped; its progress is kept. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, days } = this.#options;
    try {
      do {
        if (!(await this.#take())) return;
        await this.#work();
        if (days === 0 && !this.#stopped) await this.#breathe();
      } while (days === 0 && !this.#stopped);
    } catch (error) {
      if (error instanceof StoppedError) return;
      if (error instanceof LeaseLostError) {
        log.debug("another process has the scrub's lease");
        return;
      }
      log.error({ err: error }, "the scrub failed; it is tried again");
    }
  }

  async #breathe(): Promise<void> {
    const { signal } = this.#stopping;
    await sleep(BREATH_MS, undefined, { signal }).catch(() => {});
  }

  /** Takes the lease of a pass that is due or unfinished. False: there is none, or somebody else has it. */
  async #take(): Promise<boolean> {
    const { records, clock, days, metrics } = this.#options;
    const found = await findScrub(records);
    const nowMs = clock.nowMs();
    if (found !== null) {
      metrics.show(found.run);
      const { run } = found;
      if (isHeldByOther(run, this.#owner, nowMs)) return false;
      const ageMs = nowMs - run.startedMs;
      // One that began in the future was made by a clock that was wrong: it says nothing of when the next is due.
      if (run.finishedMs !== null && ageMs >= 0 && ageMs < days * DAY_MS) return false;
    }
    const passes = found?.run.passes ?? 0;
    const isNew = found === null || found.run.finishedMs !== null;
    const run = isNew ? { ...newPass(nowMs), passes } : found.run;
    await this.#store({ ...run, owner: this.#owner, leaseUntilMs: 0 }, found?.revision ?? null);
    return true;
  }

  async #work(): Promise<void> {
    const { clock, rate, log, metrics } = this.#options;
    const pass = this.#options.passOf(async (bytes) => {
      await rate.take(bytes);
      if (this.#stopped) throw new StoppedError();
      await this.#keepLease();
    });
    try {
      while (this.#mine !== null && this.#mine.run.finishedMs === null) {
        if (this.#stopped) throw new StoppedError();
        const { run } = this.#mine;
        const before = run.findings.length;
        const next: ScrubRun = { ...run, ...(await pass.step(run)) };
        this.#alarm(next, next.findings.slice(before), next.found - run.found);
        metrics.show(next);
        if (next.finishedMs !== null) {
          await this.#store({ ...next, passes: next.passes + 1 }, this.#mine.revision);
          const { found, passes } = this.#mine.run;
          log.info({ found, passes, event: "scrub" }, "everything stored was verified");
        } else if (next.found > run.found || clock.nowMs() - this.#storedMs >= STORE_INTERVAL_MS) {
          await this.#store(next, this.#mine.revision);
        } else this.#mine = { run: next, revision: this.#mine.revision };
      }
    } catch (error) {
      if (!(error instanceof StoppedError) || this.#mine === null) throw error;
      await this.#store({ ...this.#mine.run, owner: "" }, this.#mine.revision);
    }
  }

  /** One object may take longer than a lease. */
  async #keepLease(): Promise<void> {
    if (this.#mine === null || this.#options.clock.nowMs() - this.#storedMs < STORE_INTERVAL_MS) return;
    await this.#store(this.#mine.run, this.#mine.revision);
  }

  async #store(run: ScrubRun, revision: string | null): Promise<void> {
    const { records, clock } = this.#options;
    const isHeld = run.finishedMs === null && run.owner !== "";
    const kept = { ...run, leaseUntilMs: isHeld ? clock.nowMs() + LEASE_MS : 0 };
    const isStored = await storeScrub(records, kept, revision);
    const found = isStored ? await findScrub(records) : null;
    if (found === null || found.run.owner !== kept.owner) {
      this.#mine = null;
      throw new LeaseLostError();
    }
    this.#mine = found;
    this.#storedMs = clock.nowMs();
  }

  /** By kind and key, never by name: the log holds no names. */
  #alarm(run: ScrubRun, named: readonly Finding[], added: number): void {
    const { log, metrics } = this.#options;
    for (const { problem, scheme, key } of named) {
      log.error(
        { event: "integrity", problem, scheme, key },
        "the scrub found stored data that does not verify",
      );
    }
    if (added > named.length) {
      log.error({ event: "integrity", found: run.found }, "the scrub found more than its report names");
    }
    metrics.countFindings(added);
  }
}

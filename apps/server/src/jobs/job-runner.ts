import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, type RecordChange, type RecordStore, ServiceError } from "@strongroom/base";
import {
  type Engine,
  IndexIntegrityError,
  type ReencryptionStep,
  type RequestKeys,
  reencryptStep,
} from "@strongroom/store";
import { isHeldByOther, LEASE_MS, newOwner } from "../processes/run-lease.ts";
import { addStep, isOver, type StepTaken } from "./job-progress.ts";
import {
  type FoundJob,
  findJob,
  forgetJob,
  type Job,
  listJobs,
  listMarks,
  markOf,
  storeJob,
} from "./job-record.ts";

export interface JobRunnerOptions {
  /** Its encryptor asks the key service in the name that `keysOf` gives. */
  readonly engine: Engine;
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly keysOf: (job: Job) => RequestKeys;
  /** Asked before each step; rejects while nothing can be recorded, and then nothing is changed. */
  readonly ready: () => Promise<void>;
  /** Told of each step before it counts, and awaited. */
  readonly stepped: (job: Job, step: ReencryptionStep) => Promise<void>;
  /** Told of each job that comes to its end, before that counts, and awaited. */
  readonly ended: (job: Job) => Promise<void>;
  /** What passes, as a full disk: the job is tried again later, and stops no others. */
  readonly failed: (error: unknown, job: Job) => void;
}

/** A step ends after this, but for the few versions that it is working on. */
const STEP_MS = 3_000;
/** Between steps, as long as the step took, within these: half of the time belongs to requests. */
const LEAST_PAUSE_MS = 5;
const MOST_PAUSE_MS = 1_000;
/** Before a job that failed for what passes is tried again: longer each time. */
const LEAST_DELAY_MS = 1_000;
const MOST_DELAY_MS = 60_000;
/** As S3 keeps its batch jobs. */
const KEPT_MS = 90 * 86_400_000;

/**
 * Works on jobs, a step of each in turn. Exactly one process holds a job's lease; progress survives the process, and so does
 * the knowledge of what was changed in a step that was never recorded.
 */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #owner = newOwner();
  /** Jobs that failed for what passes: when they are tried again, and how long they were left alone. */
  readonly #postponed = new Map<string, { readonly untilMs: number; readonly delayMs: number }>();

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** Works on every active job that nobody else has until none is left, or until `isStopped`. */
  async work(isStopped: () => boolean): Promise<void> {
    const { records, clock, failed } = this.#options;
    for (let worked = true; worked && !isStopped(); ) {
      worked = false;
      for (const job of await listJobs(records)) {
        if (isStopped()) break;
        if (job.state !== "active") {
          await this.#forgetOld(job);
          continue;
        }
        const { untilMs, delayMs } = this.#postponed.get(job.id) ?? { untilMs: 0, delayMs: LEAST_DELAY_MS };
        const waitMs = untilMs - clock.nowMs();
        // More than it can be: the clock was put back meanwhile.
        if (waitMs > 0 && waitMs <= MOST_DELAY_MS) continue;
        try {
          if (await this.#turn(job.id, isStopped)) worked = true;
          this.#postponed.delete(job.id);
        } catch (error) {
          const next = Math.min(MOST_DELAY_MS, delayMs * 2);
          this.#postponed.set(job.id, { untilMs: clock.nowMs() + delayMs, delayMs: next });
          failed(error, job);
        }
      }
    }
    if (isStopped()) await this.#letGo();
  }

  /** One step. False: somebody else has the job, or it is not to be worked on any more. */
  async #turn(id: string, isStopped: () => boolean): Promise<boolean> {
    const mine = await this.#take(id);
    if (mine === null) return false;
    const startedMs = performance.now();
    const kept = await this.#step(mine, isStopped);
    if (kept === null || isOver(kept.job)) return true;
    const tookMs = performance.now() - startedMs;
    await sleep(Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, tookMs)));
    return true;
  }

  async #take(id: string): Promise<FoundJob | null> {
    const { records, clock } = this.#options;
    const found = await findJob(records, id);
    if (found === null || found.job.state !== "active") return null;
    const { owner, leaseUntilMs } = found.job;
    const nowMs = clock.nowMs();
    if (isHeldByOther(found.job, this.#owner, nowMs)) return null;
    if (owner === this.#owner && leaseUntilMs - nowMs > LEASE_MS / 2) return found;
    const leased = { ...found.job, owner: this.#owner, leaseUntilMs: nowMs + LEASE_MS };
    if (!(await storeJob(records, leased, found.revision))) return null;
    return this.#findMine(id);
  }

  async #step(mine: FoundJob, isStopped: () => boolean): Promise<FoundJob | null> {
    const { engine, keysOf, ready, stepped } = this.#options;
    const { job } = mine;
    await ready();
    const untilMs = performance.now() + STEP_MS;
    let step: ReencryptionStep;
    try {
      step = await reencryptStep(
        engine,
        {
          ...{ bucket: job.bucket, ownerId: job.ownerId, match: job.match, target: job.target },
          keys: keysOf(job),
          markOf: (version) => markOf(job.id, version),
          isOver: () => isStopped() || performance.now() > untilMs,
        },
        job.cursor,
      );
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === null) throw error;
      return this.#keep(mine, (now) => ({ job: { ...now, state: "failed", reason }, changes: [] }));
    }
    await stepped(job, step);
    return this.#keep(mine, (now) => addStep(now, step));
  }

  /** Keeps progress and the lease beside what somebody else may ask of the job meanwhile. null: it was taken over. */
  async #keep(mine: FoundJob, add: (now: Job) => StepTaken): Promise<FoundJob | null> {
    const { records, clock, ended } = this.#options;
    for (let found: FoundJob | null = mine; found !== null; found = await this.#findMine(mine.job.id)) {
      const { job, changes } = add(found.job);
      const nowMs = clock.nowMs();
      const isEnd = isOver(job) && !isOver(found.job);
      const next = {
        ...job,
        finishedMs: isEnd ? nowMs : job.finishedMs,
        leaseUntilMs: job.state === "active" ? nowMs + LEASE_MS : 0,
      };
      if (isEnd) await ended(next);
      const stray = isEnd ? await this.#strayMarks(job, changes) : [];
      if (await storeJob(records, next, found.revision, [...changes, ...stray])) {
        return this.#findMine(job.id);
      }
    }
    return null;
  }

  /** Of versions that went before their step was taken again; the others are among `changes`. */
  async #strayMarks({ id }: Job, changes: readonly RecordChange[]): Promise<readonly RecordChange[]> {
    const known = new Set(changes.map(({ key }) => Buffer.from(key).toString("hex")));
    const marks = await listMarks(this.#options.records, id);
    return marks
      .filter((key) => !known.has(Buffer.from(key).toString("hex")))
      .map((key) => ({ key, value: null }));
  }

  async #findMine(id: string): Promise<FoundJob | null> {
    const found = await findJob(this.#options.records, id);
    return found?.job.owner === this.#owner ? found : null;
  }

  /** So that whoever comes next need not wait for the leases to end. */
  async #letGo(): Promise<void> {
    const { records } = this.#options;
    for (const { id, owner, leaseUntilMs } of await listJobs(records)) {
      if (owner !== this.#owner || leaseUntilMs === 0) continue;
      const found = await this.#findMine(id);
      if (found !== null) await storeJob(records, { ...found.job, leaseUntilMs: 0 }, found.revision);
    }
  }

  async #forgetOld(job: Job): Promise<void> {
    const { records, clock } = this.#options;
    if (job.finishedMs !== null && clock.nowMs() - job.finishedMs > KEPT_MS) await forgetJob(records, job);
  }
}

/** null: it passes. */
function reasonOf(error: unknown): string | null {
  if (error instanceof IndexIntegrityError) return "DamagedIndex: run `strongroom verify`";
  if (!(error instanceof ServiceError) || error.kind === "unavailable") return null;
  return `${error.code}: ${error.message}`;
}

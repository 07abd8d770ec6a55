import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, RecordStore } from "@strongroom/base";
import {
  type Bucket,
  CALENDAR_DAY_MS,
  enabledRules,
  FIRST_LIFECYCLE_CURSOR,
  LIFECYCLE_DOCUMENT,
  type LifecycleCounts,
  lifecycleStep,
  type ObjectStore,
  StoreError,
} from "@strongroom/store";
import {
  type FoundLifecycleRun,
  findLifecycleRun,
  forgetLifecycleRun,
  type LifecycleRun,
  listLifecycleRuns,
  storeLifecycleRun,
} from "../storage/lifecycle-record.ts";
import { isHeldByOther, LEASE_MS, newOwner } from "./run-lease.ts";

export interface LifecycleJobOptions {
  readonly store: ObjectStore;
  readonly records: RecordStore;
  readonly clock: Clock;
  /** How long a day of a rule is, in milliseconds; 86,400,000 but in tests. */
  readonly dayMs: number;
  /** Asked before anything is removed; rejects while nothing can be recorded, and then nothing is removed. */
  readonly ready: () => Promise<void>;
  /** Told of every step that looked at something, and awaited before the next one. */
  readonly report: (bucket: Bucket, counts: LifecycleCounts) => Promise<void>;
  /** A bucket that cannot be worked on stops no others; it is tried again at the next look. */
  readonly failed: (error: unknown) => void;
}

/** Between steps, so that requests come first. */
const PAUSE_MS = 20;
const BUCKETS_A_PAGE = 100;
const NOTHING: LifecycleCounts = {
  looked: 0,
  expired: 0,
  noncurrentRemoved: 0,
  markersRemoved: 0,
  uploadsAborted: 0,
  locked: 0,
};

/**
 * Carries out the lifecycle rules of every bucket: one pass a bucket and day, from midnight UTC on, and another one when its rules
 * change. Exactly one worker holds a bucket's lease; progress survives the process.
 */
export class LifecycleJob {
  readonly #options: LifecycleJobOptions;
  readonly #owner = newOwner();

  constructor(options: LifecycleJobOptions) {
    this.#options = options;
  }

  /** Does what is to be done now, for all buckets that somebody else does not work on, or until `isStopped`. */
  async work(isStopped: () => boolean): Promise<void> {
    const { store, failed } = this.#options;
    let after: string | null = "";
    while (after !== null && !isStopped()) {
      const page = await store.listBuckets({ ownerId: null, prefix: "", after, limit: BUCKETS_A_PAGE });
      for (const bucket of page.buckets) {
        if (isStopped()) return;
        try {
          if (enabledRules(bucket).length > 0) await this.#workOn(bucket, isStopped);
        } catch (error) {
          failed(error);
        }
      }
      after = page.nextAfter;
    }
    if (!isStopped()) await this.#forgetGone();
  }

  async #workOn(bucket: Bucket, isStopped: () => boolean): Promise<void> {
    const { records } = this.#options;
    let mine = await this.#take(bucket);
    while (mine !== null && mine.run.finishedMs === null) {
      if (isStopped()) {
        await storeLifecycleRun(records, { ...mine.run, leaseUntilMs: 0 }, mine.revision);
        return;
      }
      mine = await this.#step(mine);
      await sleep(PAUSE_MS);
    }
  }

  /** null: it was done today, or somebody else does it. */
  async #take(bucket: Bucket): Promise<FoundLifecycleRun | null> {
    const { records, clock } = this.#options;
    const found = await findLifecycleRun(records, bucket.name);
    const rules = digestOf(bucket);
    if (found !== null) {
      const { run } = found;
      if (isHeldByOther(run, this.#owner, clock.nowMs())) return null;
      if (run.rules === rules) {
        if (run.finishedMs === null) return this.#store({ ...run, owner: this.#owner }, found.revision);
        if (run.day === this.#today()) return null;
      }
    }
    return this.#store(
      {
        bucket: bucket.name,
        rules,
        day: this.#today(),
        finishedMs: null,
        cursor: FIRST_LIFECYCLE_CURSOR,
        counts: NOTHING,
        owner: this.#owner,
        leaseUntilMs: 0,
      },
      found?.revision ?? null,
    );
  }

  /** null: somebody else took it over, or there is nothing left to work on. */
  async #step(mine: FoundLifecycleRun): Promise<FoundLifecycleRun | null> {
    const { store, clock, dayMs, ready, report } = this.#options;
    const { run } = mine;
    const bucket = await findBucket(store, run.bucket);
    if (bucket === null || digestOf(bucket) !== run.rules) {
      // Gone, or to be worked on by other rules: the next look begins anew.
      await forgetLifecycleRun(this.#options.records, mine);
      return null;
    }
    await ready();
    const step = await lifecycleStep(store, bucket, run.cursor, { nowMs: clock.nowMs(), dayMs });
    await report(bucket, step.counts);
    // Whatever else failed, what was removed was told of.
    if (step.failure !== null) throw step.failure;
    const counts = sum(run.counts, step.counts);
    const next =
      step.next === null
        ? { ...run, counts, finishedMs: clock.nowMs(), leaseUntilMs: 0 }
        : { ...run, counts, cursor: step.next };
    return this.#store(next, mine.revision);
  }

  /** Keeps progress and the lease. null: somebody else took it over. */
  async #store(run: LifecycleRun, revision: string | null): Promise<FoundLifecycleRun | null> {
    const { records, clock } = this.#options;
    const kept = { ...run, leaseUntilMs: run.finishedMs === null ? clock.nowMs() + LEASE_MS : 0 };
    if (!(await storeLifecycleRun(records, kept, revision))) return null;
    const found = await findLifecycleRun(records, run.bucket);
    return found?.run.owner === this.#owner ? found : null;
  }

  /** Short days are looked at several times each, since none has a midnight at which everything is due. */
  #today(): number {
    const { clock, dayMs } = this.#options;
    const partMs = dayMs === CALENDAR_DAY_MS ? dayMs : Math.max(1_000, dayMs / 5);
    return Math.floor(clock.nowMs() / partMs);
  }

  /** What is kept of buckets that are gone, or have no rules any more. */
  async #forgetGone(): Promise<void> {
    const { store, records, clock } = this.#options;
    for await (const found of listLifecycleRuns(records)) {
      if (isHeldByOther(found.run, this.#owner, clock.nowMs())) continue;
      const bucket = await findBucket(store, found.run.bucket);
      if (bucket === null || enabledRules(bucket).length === 0) await forgetLifecycleRun(records, found);
    }
  }
}

async function findBucket(store: ObjectStore, name: string): Promise<Bucket | null> {
  try {
    return await store.requireBucket(name);
  } catch (error) {
    if (error instanceof StoreError && error.code === "NoSuchBucket") return null;
    throw error;
  }
}

function digestOf(bucket: Bucket): string {
  const document = bucket.configuration[LIFECYCLE_DOCUMENT] ?? "";
  return createHash("sha256").update(`${bucket.createdMs} ${document}`).digest("hex");
}

function sum(a: LifecycleCounts, b: LifecycleCounts): LifecycleCounts {
  return {
    looked: a.looked + b.looked,
    expired: a.expired + b.expired,
    noncurrentRemoved: a.noncurrentRemoved + b.noncurrentRemoved,
    markersRemoved: a.markersRemoved + b.markersRemoved,
    uploadsAborted: a.uploadsAborted + b.uploadsAborted,
    locked: a.locked + b.locked,
  };
}

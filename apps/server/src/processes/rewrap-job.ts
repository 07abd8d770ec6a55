import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, RecordStore } from "@strongroom/base";
import { FIRST_CURSOR, type RecordsOnly, type RotatingKeyring, rewrapStep } from "@strongroom/store";
import { type FoundRun, findRewrapRun, type RewrapRun, storeRewrapRun } from "../storage/rewrap-record.ts";

/** What the job needs of the master keys. */
export interface RotatedKeys {
  current(): { readonly version: number; readonly createdMs: number };
  rotate(): Promise<number>;
  refresh(): Promise<void>;
}

export interface RewrapJobOptions {
  readonly engine: RecordsOnly;
  readonly keyring: RotatingKeyring;
  readonly masterKeys: RotatedKeys;
  readonly records: RecordStore;
  readonly clock: Clock;
}

/** Records looked at in one step, after which progress is kept. */
const STEP_RECORDS = 100;
/** A job whose worker died is taken up by another after this. */
const LEASE_MS = 30_000;
/** By then every process wraps under a new master key, and has committed what it wrapped just before. */
const SETTLE_MS = 15_000;
/** Between steps, so that requests come first. */
const PAUSE_MS = 5;

/**
 * Wraps every data key under the newest master key, in steps that survive the process. Exactly one worker holds the
 * lease; progress is a record that anybody may watch.
 */
export class RewrapJob {
  readonly #options: RewrapJobOptions;
  readonly #owner = randomUUID();

  constructor(options: RewrapJobOptions) {
    this.#options = options;
  }

  /** Makes a new master key and a run that brings everything under it. Returns its version. */
  async rotate(): Promise<number> {
    const version = await this.#options.masterKeys.rotate();
    await this.request(version);
    return version;
  }

  /** Asks for a run to `targetVersion`, unless one to it, or beyond it, is there. */
  async request(targetVersion: number): Promise<void> {
    const { records, clock } = this.#options;
    for (;;) {
      const found = await findRewrapRun(records);
      if (found !== null && found.run.targetVersion >= targetVersion) return;
      const run: RewrapRun = {
        targetVersion,
        startedMs: clock.nowMs(),
        finishedMs: null,
        cursor: FIRST_CURSOR,
        passes: 0,
        looked: 0,
        wrappedInPass: 0,
        wrapped: 0,
        unreadable: 0,
        owner: "",
        leaseUntilMs: 0,
      };
      if (await storeRewrapRun(records, run, found?.revision ?? null)) return;
    }
  }

  /** Works on an unfinished run until it is done, somebody else has it, or `isStopped`. Returns the run as it is then. */
  async work(
    isStopped: () => boolean,
    onProgress: (run: RewrapRun) => void = () => {},
  ): Promise<RewrapRun | null> {
    const { records, masterKeys } = this.#options;
    let mine = await this.#take();
    if (mine === null) return (await findRewrapRun(records))?.run ?? null;
    await masterKeys.refresh();
    while (!isStopped() && mine.run.finishedMs === null) {
      const next = await this.#step(mine);
      if (next === null) return (await findRewrapRun(records))?.run ?? null;
      mine = next;
      onProgress(mine.run);
      await sleep(PAUSE_MS);
    }
    if (mine.run.finishedMs === null)
      await storeRewrapRun(records, { ...mine.run, leaseUntilMs: 0 }, mine.revision);
    return mine.run;
  }

  /** null: there is nothing to do, or somebody else does it. */
  async #take(): Promise<FoundRun | null> {
    const { records, clock } = this.#options;
    const found = await findRewrapRun(records);
    if (found === null || found.run.finishedMs !== null) return null;
    if (found.run.leaseUntilMs > clock.nowMs() && found.run.owner !== this.#owner) return null;
    return this.#store({ ...found.run, owner: this.#owner }, found.revision);
  }

  async #step(mine: FoundRun): Promise<FoundRun | null> {
    const { engine, keyring, clock } = this.#options;
    const { run } = mine;
    const step = await rewrapStep(engine, keyring, run.cursor, STEP_RECORDS);
    const looked = run.looked + step.looked;
    const wrappedInPass = run.wrappedInPass + step.wrapped;
    const wrapped = run.wrapped + step.wrapped;
    const unreadable = (run.unreadable ?? 0) + step.unreadable;
    if (step.next !== null) {
      const on = { cursor: step.next, looked, wrappedInPass, wrapped, unreadable };
      return this.#store({ ...run, ...on }, mine.revision);
    }
    const passes = run.passes + 1;
    const isSettled = clock.nowMs() - run.startedMs >= SETTLE_MS;
    if (wrappedInPass === 0 && isSettled) {
      return this.#store(
        { ...run, passes, looked, wrapped, unreadable, finishedMs: clock.nowMs() },
        mine.revision,
      );
    }
    if (!isSettled) await sleep(Math.min(1_000, Math.max(0, run.startedMs + SETTLE_MS - clock.nowMs())));
    const again = { cursor: FIRST_CURSOR, passes, looked: 0, wrappedInPass: 0, wrapped, unreadable: 0 };
    return this.#store({ ...run, ...again }, mine.revision);
  }

  /** Keeps progress and the lease. null: somebody else took it over. */
  async #store(run: RewrapRun, revision: string): Promise<FoundRun | null> {
    const { records, clock } = this.#options;
    const kept = { ...run, leaseUntilMs: run.finishedMs === null ? clock.nowMs() + LEASE_MS : 0 };
    if (!(await storeRewrapRun(records, kept, revision))) return null;
    const found = await findRewrapRun(records);
    return found?.run.owner === this.#owner ? found : null;
  }
}

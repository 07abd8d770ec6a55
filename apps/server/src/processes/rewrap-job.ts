import { setTimeout as sleep } from "node:timers/promises";
import type { AuditKeys } from "@strongroom/audit";
import type { Clock, RecordStore } from "@strongroom/base";
import {
  FIRST_CURSOR,
  firstSurvey,
  masterKeySurvey,
  type RecordsOnly,
  type RotatingKeyring,
  raiseWrapFloor,
  rewrapStep,
  type SurveyCursor,
  surveyStep,
} from "@strongroom/store";
import { type RewrapProof, type RewrapStatement, signProof } from "../storage/rewrap-proof.ts";
import {
  type FoundRun,
  findRewrapRun,
  type RewrapRun,
  storeProvenRun,
  storeRewrapRun,
} from "../storage/rewrap-record.ts";
import { isHeldByOther, LEASE_MS, newOwner } from "./run-lease.ts";

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
  /** Signs the proof at the end. */
  readonly signing: Pick<AuditKeys, "signing" | "fingerprint">;
  readonly clock: Clock;
}

/** Records looked at in one step, after which progress is kept. */
const STEP_RECORDS = 100;
const SURVEY_RECORDS = 1_000;
/** Between steps, so that requests come first. */
const PAUSE_MS = 5;
/** What a pass cannot wrap, parts of objects that were removed, is collected within a minute or two of a running server. */
const PATIENCE_MS = 300_000;
const AGAIN_AFTER_MS = 1_000;

/**
 * Wraps every data key under the newest master key, in steps that survive the process: passes that wrap, each followed
 * by a survey that tells what is left. It ends with a signed proof that nothing is. Exactly one worker holds the lease;
 * progress is a record that anybody may watch.
 */
export class RewrapJob {
  readonly #options: RewrapJobOptions;
  readonly #owner = newOwner();

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
      if (found !== null && found.run.targetVersion >= targetVersion && !isUnproven(found.run)) return;
      const run: RewrapRun = {
        targetVersion: Math.max(targetVersion, found?.run.targetVersion ?? 0),
        startedMs: clock.nowMs(),
        finishedMs: null,
        cursor: FIRST_CURSOR,
        passes: 0,
        looked: 0,
        wrappedInPass: 0,
        wrapped: 0,
        unreadable: 0,
        objects: 0,
        survey: null,
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
    const { engine, records, masterKeys } = this.#options;
    const taken = await this.#take();
    if (taken === null) return (await findRewrapRun(records))?.run ?? null;
    await masterKeys.refresh();
    // Before any survey: from here on nothing new hangs on an older key.
    await raiseWrapFloor(engine, taken.run.targetVersion);
    let mine = taken;
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
    if (isHeldByOther(found.run, this.#owner, clock.nowMs())) return null;
    return this.#store({ ...found.run, owner: this.#owner }, found.revision);
  }

  #step(mine: FoundRun): Promise<FoundRun | null> {
    const { survey = null } = mine.run;
    return survey === null ? this.#wrapStep(mine) : this.#surveyStep(mine, survey);
  }

  async #wrapStep(mine: FoundRun): Promise<FoundRun | null> {
    const { engine, keyring } = this.#options;
    const { run } = mine;
    const step = await rewrapStep(engine, keyring, run.cursor, STEP_RECORDS);
    const on = {
      looked: run.looked + step.looked,
      wrappedInPass: run.wrappedInPass + step.wrapped,
      wrapped: run.wrapped + step.wrapped,
      objects: (run.objects ?? 0) + step.objects,
      unreadable: (run.unreadable ?? 0) + step.unreadable,
    };
    if (step.next !== null) return this.#store({ ...run, ...on, cursor: step.next }, mine.revision);
    const survey = {
      survey: firstSurvey(masterKeySurvey(run.targetVersion)),
      surveyed: 0,
      left: 0,
      unknown: 0,
    };
    return this.#store({ ...run, ...on, ...survey, passes: run.passes + 1 }, mine.revision);
  }

  async #surveyStep(mine: FoundRun, cursor: SurveyCursor): Promise<FoundRun | null> {
    const { engine, clock } = this.#options;
    const { run } = mine;
    const step = await surveyStep(engine, masterKeySurvey(run.targetVersion), cursor, SURVEY_RECORDS);
    const surveyed = (run.surveyed ?? 0) + step.looked;
    const left = (run.left ?? 0) + step.below;
    const unknown = (run.unknown ?? 0) + step.unreadable;
    const on = { ...run, surveyed, left, unknown };
    if (step.next !== null) return this.#store({ ...on, survey: step.next }, mine.revision);

    const finishedMs = clock.nowMs();
    if (left === 0 && unknown === 0) return this.#finish({ ...on, survey: null, finishedMs }, mine.revision);
    const isStuck = unknown > 0 || (run.unreadable ?? 0) > 0 || finishedMs - run.startedMs > PATIENCE_MS;
    if (run.wrappedInPass === 0 && isStuck) {
      return this.#store({ ...on, survey: null, finishedMs }, mine.revision);
    }
    if (run.wrappedInPass === 0) await sleep(AGAIN_AFTER_MS);
    const again = { cursor: FIRST_CURSOR, survey: null, looked: 0, wrappedInPass: 0, unreadable: 0 };
    return this.#store({ ...on, ...again }, mine.revision);
  }

  /** The run's end and its proof, in one commit. */
  async #finish(run: RewrapRun & { finishedMs: number }, revision: string): Promise<FoundRun | null> {
    const { records } = this.#options;
    const kept = { ...run, leaseUntilMs: 0 };
    if (!(await storeProvenRun(records, kept, revision, this.#proofOf(run)))) return null;
    return findRewrapRun(records);
  }

  #proofOf(run: RewrapRun & { finishedMs: number }): RewrapProof {
    return signProof<RewrapStatement>(this.#options.signing, {
      statement: "strongroom rewrap proof 1",
      masterKeyVersion: run.targetVersion,
      noneUpTo: run.targetVersion - 1,
      startedAt: new Date(run.startedMs).toISOString(),
      finishedAt: new Date(run.finishedMs).toISOString(),
      objectsRewrapped: run.objects ?? 0,
      dataKeysRewrapped: run.wrapped,
      dataKeysSurveyed: run.surveyed ?? 0,
    });
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

/** It ended, and something was left, or it was of a program that knew no proofs. */
export function isUnproven({ finishedMs, surveyed, left = 0, unknown = 0 }: RewrapRun): boolean {
  return finishedMs !== null && (surveyed === undefined || left > 0 || unknown > 0);
}

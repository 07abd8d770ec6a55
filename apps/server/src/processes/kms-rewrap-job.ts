import { setTimeout as sleep } from "node:timers/promises";
import type { AuditKeys } from "@strongroom/audit";
import { type Clock, type RecordStore, ServiceError } from "@strongroom/base";
import type { CurrentMaterial } from "@strongroom/kms";
import {
  type Engine,
  FIRST_CURSOR,
  firstSurvey,
  type KmsRewrapping,
  kmsKeySurvey,
  rewrapKmsStep,
  type Survey,
  type SurveyCursor,
  surveyStep,
} from "@strongroom/store";
import {
  type FoundKmsRun,
  findKmsRun,
  type KmsRewrapRun,
  listKmsRuns,
  storeKmsRun,
} from "../storage/kms-rewrap-record.ts";
import { type KmsRewrapStatement, type RewrapProof, signProof } from "../storage/rewrap-proof.ts";
import { isHeldByOther, LEASE_MS, newOwner } from "./run-lease.ts";

/** The key service, in the name of the account that owns the key. */
export interface RewrappingKeys {
  /** Throws what the key service answers to an unknown key. */
  findCurrentMaterial(keyArn: string): Promise<CurrentMaterial>;
  rewrapping(run: KmsRewrapRun): KmsRewrapping;
}

export interface KmsRewrapJobOptions {
  readonly engine: Pick<Engine, "index" | "clock">;
  readonly keys: RewrappingKeys;
  readonly records: RecordStore;
  readonly signing: Pick<AuditKeys, "signing" | "fingerprint">;
  readonly clock: Clock;
}

const STEP_RECORDS = 100;
const SURVEY_RECORDS = 1_000;
/** Between steps, so that requests come first. */
const PAUSE_MS = 5;

/**
 * Moves versions and uploads from a key of the key service to its newest material or to another key, in leased steps that
 * survive the process, as `RewrapJob` does for master keys. The key service decides, as it is asked for each: a run that
 * it refuses ends there and says so, and may be asked for again.
 */
export class KmsRewrapJob {
  readonly #options: KmsRewrapJobOptions;
  readonly #owner = newOwner();

  constructor(options: KmsRewrapJobOptions) {
    this.#options = options;
  }

  /**
   * Asks for a run between two keys, each named by its ARN or an alias's. One that is under way to the same key goes on; any
   * other one of this key is given up for it. Returns the ARN of the first key. Throws what the key service answers to
   * unknown keys.
   */
  async request(keyName: string, toKeyName: string): Promise<string> {
    const { records, keys, clock } = this.#options;
    const { keyArn } = await keys.findCurrentMaterial(keyName);
    const { keyArn: toKeyArn, number, materialId } = await keys.findCurrentMaterial(toKeyName);
    for (;;) {
      const found = await findKmsRun(records, keyArn);
      if (found?.run.finishedMs === null && found.run.toKeyArn === toKeyArn) return keyArn;
      const run: KmsRewrapRun = {
        keyArn,
        toKeyArn,
        toMaterialNumber: number,
        toMaterialId: materialId,
        startedMs: clock.nowMs(),
        finishedMs: null,
        refusal: null,
        cursor: FIRST_CURSOR,
        survey: null,
        passes: 0,
        wrappedInPass: 0,
        wrapped: 0,
        locked: 0,
        unreadable: 0,
        surveyed: 0,
        left: 0,
        unknown: 0,
        owner: "",
        leaseUntilMs: 0,
      };
      if (await storeKmsRun(records, run, found?.revision ?? null)) return keyArn;
    }
  }

  /** Works on every unfinished run that nobody else has, until `isStopped`. Returns those that ended now. */
  async workOnAll(isStopped: () => boolean): Promise<readonly KmsRewrapRun[]> {
    const ended: KmsRewrapRun[] = [];
    for (const { keyArn, finishedMs } of await listKmsRuns(this.#options.records)) {
      if (finishedMs !== null || isStopped()) continue;
      const run = await this.work(keyArn, isStopped);
      if (run !== null && run.finishedMs !== null) ended.push(run);
    }
    return ended;
  }

  /** Works on the run of this key until it is done, somebody else has it, or `isStopped`. Returns it as it is then. */
  async work(
    keyArn: string,
    isStopped: () => boolean,
    onProgress: (run: KmsRewrapRun) => void = () => {},
  ): Promise<KmsRewrapRun | null> {
    const { records } = this.#options;
    const taken = await this.#take(keyArn);
    if (taken === null) return (await findKmsRun(records, keyArn))?.run ?? null;
    let mine = taken;
    while (!isStopped() && mine.run.finishedMs === null) {
      const next = await this.#step(mine);
      if (next === null) return (await findKmsRun(records, keyArn))?.run ?? null;
      mine = next;
      onProgress(mine.run);
      await sleep(PAUSE_MS);
    }
    if (mine.run.finishedMs === null) {
      await storeKmsRun(records, { ...mine.run, leaseUntilMs: 0 }, mine.revision);
    }
    return mine.run;
  }

  async #take(keyArn: string): Promise<FoundKmsRun | null> {
    const { records, clock } = this.#options;
    const found = await findKmsRun(records, keyArn);
    if (found === null || found.run.finishedMs !== null) return null;
    if (isHeldByOther(found.run, this.#owner, clock.nowMs())) return null;
    return this.#store({ ...found.run, owner: this.#owner }, found.revision);
  }

  #step(mine: FoundKmsRun): Promise<FoundKmsRun | null> {
    const { survey } = mine.run;
    return survey === null ? this.#wrapStep(mine) : this.#surveyStep(mine, survey);
  }

  async #wrapStep({ run, revision }: FoundKmsRun): Promise<FoundKmsRun | null> {
    const { engine, keys, clock } = this.#options;
    let step: Awaited<ReturnType<typeof rewrapKmsStep>>;
    try {
      step = await rewrapKmsStep(engine, keys.rewrapping(run), run.cursor, STEP_RECORDS);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const refusal = `${error.code}: ${error.message}`;
      return this.#store({ ...run, refusal, finishedMs: clock.nowMs() }, revision);
    }
    const on = {
      ...run,
      wrappedInPass: run.wrappedInPass + step.wrapped,
      wrapped: run.wrapped + step.wrapped,
      locked: run.locked + step.locked,
      unreadable: run.unreadable + step.unreadable,
    };
    if (step.next !== null) return this.#store({ ...on, cursor: step.next }, revision);
    const survey = { survey: firstSurvey(this.#surveyOf(run)), surveyed: 0, left: 0, unknown: 0 };
    return this.#store({ ...on, ...survey, passes: run.passes + 1 }, revision);
  }

  async #surveyStep({ run, revision }: FoundKmsRun, cursor: SurveyCursor): Promise<FoundKmsRun | null> {
    const { engine, clock } = this.#options;
    const step = await surveyStep(engine, this.#surveyOf(run), cursor, SURVEY_RECORDS);
    const on = {
      ...run,
      surveyed: run.surveyed + step.looked,
      left: run.left + step.below,
      unknown: run.unknown + step.unreadable,
    };
    if (step.next !== null) return this.#store({ ...on, survey: step.next }, revision);
    if (on.left + on.unknown === 0 || run.wrappedInPass === 0) {
      return this.#finish({ ...on, survey: null, finishedMs: clock.nowMs() }, revision);
    }
    const again = { cursor: FIRST_CURSOR, survey: null, wrappedInPass: 0, locked: 0, unreadable: 0 };
    return this.#store({ ...on, ...again }, revision);
  }

  #surveyOf(run: KmsRewrapRun): Survey {
    const { isOld } = this.#options.keys.rewrapping(run);
    return kmsKeySurvey((encryption) =>
      [run.keyArn, run.toKeyArn].includes(encryption.keyArn) ? isOld(encryption) : null,
    );
  }

  async #finish(
    run: KmsRewrapRun & { readonly finishedMs: number },
    revision: string,
  ): Promise<FoundKmsRun | null> {
    const { records } = this.#options;
    const proof = run.left + run.unknown === 0 ? this.#proofOf(run) : null;
    if (!(await storeKmsRun(records, { ...run, leaseUntilMs: 0 }, revision, proof))) return null;
    return findKmsRun(records, run.keyArn);
  }

  #proofOf(run: KmsRewrapRun & { readonly finishedMs: number }): RewrapProof {
    return signProof<KmsRewrapStatement>(this.#options.signing, {
      statement: "strongroom kms rewrap proof 1",
      keyArn: run.keyArn,
      toKeyArn: run.toKeyArn,
      toMaterialId: run.toMaterialId,
      startedAt: new Date(run.startedMs).toISOString(),
      finishedAt: new Date(run.finishedMs).toISOString(),
      objectsRewrapped: run.wrapped,
      objectsSurveyed: run.surveyed,
    });
  }

  /** Keeps progress and the lease. null: somebody else took it over. */
  async #store(run: KmsRewrapRun, revision: string): Promise<FoundKmsRun | null> {
    const { records, clock } = this.#options;
    const kept = { ...run, leaseUntilMs: run.finishedMs === null ? clock.nowMs() + LEASE_MS : 0 };
    if (!(await storeKmsRun(records, kept, revision))) return null;
    const found = await findKmsRun(records, run.keyArn);
    return found?.run.owner === this.#owner ? found : null;
  }
}

/** It ended, and not with a proof. */
export function isKmsUnproven({ finishedMs, refusal, left, unknown }: KmsRewrapRun): boolean {
  return finishedMs !== null && (refusal !== null || left > 0 || unknown > 0);
}

/** The key service said no, for all: it is not to be asked a million times. */
function isRefusal(error: unknown): error is ServiceError {
  return error instanceof ServiceError && ["denied", "state", "invalid"].includes(error.kind);
}

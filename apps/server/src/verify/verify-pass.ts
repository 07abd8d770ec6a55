import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type DamagedRange,
  damageFinding,
  type Engine,
  emptyCounts,
  FIRST_VERIFY_CURSOR,
  type Finding,
  IndexIntegrityError,
  type IndexReport,
  joinCounts,
  type LmdbIndex,
  type VerifyCounts,
  type VerifyCursor,
  verifyStep,
} from "@strongroom/store";
import { SYSTEM_REQUESTER } from "./system-key-service.ts";

/** How far a pass has come and what it has found: data, so that it can be kept and taken up again. */
export interface VerifyProgress {
  readonly startedMs: number;
  /** null: the pass goes on. */
  readonly finishedMs: number | null;
  readonly cursor: VerifyCursor;
  /** Of the index itself, from the look at the beginning of the pass; null before it. */
  readonly index: IndexCounts | null;
  readonly counts: VerifyCounts;
  /** The first of them, by name; `found` counts all. */
  readonly findings: readonly Finding[];
  readonly found: number;
}

export type IndexCounts = Pick<
  IndexReport,
  "records" | "branches" | "leaves" | "outOfLineValues" | "payloads"
>;

export interface VerifyPassOptions {
  /** Its encryptor asks the key service in the system's name. */
  readonly engine: Engine;
  readonly index: Pick<LmdbIndex, "verify">;
  /** null: all buckets. */
  readonly bucket: string | null;
  readonly nowMs: () => number;
  /** Called with the number of bytes just read: waits, to hold a rate. */
  readonly pace: (readBytes: number) => Promise<void>;
  readonly maxFindings: number;
}

/** After so much progress can be kept. */
const STEP = { records: 100, bytes: 8 * 1024 * 1024 };

/** A pass that has not begun. */
export function newPass(startedMs: number): VerifyProgress {
  const counts = emptyCounts();
  return {
    startedMs,
    finishedMs: null,
    cursor: FIRST_VERIFY_CURSOR,
    index: null,
    counts,
    findings: [],
    found: 0,
  };
}

/**
 * One pass over everything stored, step by step: the index first, page by page, then each version and upload with all
 * its bytes. Changes nothing.
 */
export class VerifyPass {
  readonly #options: VerifyPassOptions;
  #damage: readonly DamagedRange[] | null = null;

  constructor(options: VerifyPassOptions) {
    this.#options = options;
  }

  /** The next step of a pass, the first of it or one that another process began. */
  async step(progress: VerifyProgress): Promise<VerifyProgress> {
    if (this.#damage === null) return this.#lookAtIndex(progress);
    const { engine, bucket, pace, nowMs } = this.#options;
    const keys = { requester: SYSTEM_REQUESTER, customerKey: null };
    const setup = { engine, keys, pace, ...(bucket === null ? {} : { bucket }) };
    try {
      const step = await verifyStep(setup, progress.cursor, STEP, this.#damage);
      await nextTurn();
      const on = { ...progress, counts: joinCounts(progress.counts, step.counts) };
      const { next } = step;
      const ended = next === null ? { ...on, finishedMs: nowMs() } : { ...on, cursor: next };
      return this.#add(ended, step.findings);
    } catch (error) {
      if (!(error instanceof IndexIntegrityError)) throw error;
      // Damaged since the look at the index: look again, and go on beside it.
      const known = this.#damage.length;
      const looked = await this.#lookAtIndex({ ...progress, index: null });
      if (this.#damage.length === known) throw error;
      return looked;
    }
  }

  /** Counts and names damage once a pass: who takes one up knows the stretches, and has reported them. */
  async #lookAtIndex(progress: VerifyProgress): Promise<VerifyProgress> {
    const damage: DamagedRange[] = [];
    const { records, branches, leaves, outOfLineValues, payloads } = await this.#options.index.verify(damage);
    const before = new Set(this.#damage?.map(({ from }) => from.toString("hex")));
    this.#damage = damage;
    if (progress.index !== null) return progress;
    const fresh = damage.filter(({ from }) => !before.has(from.toString("hex")));
    const index = { records, branches, leaves, outOfLineValues, payloads };
    return this.#add({ ...progress, index }, fresh.map(damageFinding));
  }

  #add(progress: VerifyProgress, findings: readonly Finding[]): VerifyProgress {
    if (findings.length === 0) return progress;
    const named = [...progress.findings, ...findings].slice(0, this.#options.maxFindings);
    return { ...progress, findings: named, found: progress.found + findings.length };
  }
}

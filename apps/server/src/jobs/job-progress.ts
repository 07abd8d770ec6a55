import type { RecordChange } from "@strongroom/base";
import type { ReencryptionStep, Unchanged } from "@strongroom/store";
import { type CodeCounts, type Job, type LeftVersion, reportPage } from "./job-record.ts";

/** A job after a step, and what is to be stored in the same commit. */
export interface StepTaken {
  readonly job: Job;
  readonly changes: readonly RecordChange[];
}

/** A report names so many skipped versions and so many failed ones; it counts all. */
export const MAX_NAMED = 10_000;
/** As S3's batch jobs: after so many attempts more than half of which failed, a job ends. */
const LEAST_ATTEMPTS = 1_000;
const MAX_FAILURE_TEXT = 500;

/** Whether a job has come to its end. */
export function isOver({ state }: Pick<Job, "state">): boolean {
  return state !== "active" && state !== "paused";
}

export function sumOf(counts: CodeCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Adds what a step did to the job as it is now: paused or cancelled, maybe, since the step began. */
export function addStep(now: Job, step: ReencryptionStep): StepTaken {
  const unmarked = step.marks.map((key) => ({ key, value: null }));
  if (now.cursor.phase === "count") {
    const job = { ...now, total: now.total + step.matched, cursor: step.next ?? now.cursor };
    return { job, changes: unmarked };
  }
  const named = chooseNamed(now, step.unchanged);
  const last = step.unchanged.findLast(({ outcome }) => outcome === "failed");
  const job = {
    ...now,
    cursor: step.next ?? now.cursor,
    done: now.done + step.changed,
    skipped: countCodes(now.skipped, step.unchanged, "skipped"),
    failed: countCodes(now.failed, step.unchanged, "failed"),
    lastFailure:
      last === undefined ? now.lastFailure : `${last.code}: ${last.message}`.slice(0, MAX_FAILURE_TEXT),
    named: {
      skipped: now.named.skipped + countOf(named, "skipped"),
      failed: now.named.failed + countOf(named, "failed"),
    },
    pages: now.pages + (named.length > 0 ? 1 : 0),
  };
  const page = named.length > 0 ? [reportPage(now.id, now.pages, named)] : [];
  return { job: end(job, step.next === null), changes: [...unmarked, ...page] };
}

function end(job: Job, isLast: boolean): Job {
  if (isOver(job)) return job;
  const failed = sumOf(job.failed);
  const attempts = job.done + failed;
  if (isLast) return { ...job, state: "complete" };
  if (attempts < LEAST_ATTEMPTS || failed * 2 <= attempts) return job;
  const reason = `TooManyFailures: ${failed} of ${attempts} versions were refused`;
  return { ...job, state: "failed", reason };
}

/** What is as it was asked to be, or went, is nobody's concern. */
const UNNAMED: ReadonlySet<string> = new Set(["AlreadyAsAsked", "ChangedMeanwhile"]);

function chooseNamed({ named }: Job, unchanged: readonly Unchanged[]): readonly LeftVersion[] {
  const room = { skipped: MAX_NAMED - named.skipped, failed: MAX_NAMED - named.failed };
  return unchanged.filter(({ outcome, code }) => !UNNAMED.has(code) && room[outcome]-- > 0);
}

const countOf = (versions: readonly LeftVersion[], outcome: LeftVersion["outcome"]): number =>
  versions.filter((each) => each.outcome === outcome).length;

function countCodes(
  before: CodeCounts,
  unchanged: readonly Unchanged[],
  outcome: Unchanged["outcome"],
): CodeCounts {
  const counts: Record<string, number> = { ...before };
  for (const each of unchanged) {
    if (each.outcome === outcome) counts[each.code] = (counts[each.code] ?? 0) + 1;
  }
  return counts;
}

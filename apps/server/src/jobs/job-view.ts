import type { EncryptionScheme } from "@strongroom/store";
import { isOver, sumOf } from "./job-progress.ts";
import type { CodeCounts, Job, JobState, LeftVersion } from "./job-record.ts";

/** A job as commands print it, in S3's words. */
export interface JobView {
  readonly id: string;
  readonly kind: Job["kind"];
  readonly state: JobState;
  readonly bucket: string;
  readonly match: {
    readonly prefix: string;
    readonly scheme: string | null;
    readonly kmsKeyArn: string | null;
    readonly createdBefore: string | null;
    readonly versions: "all" | "current";
  };
  readonly target: {
    readonly scheme: string;
    readonly kmsKeyArn: string | null;
    readonly bucketKey: boolean;
  };
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly reason: string | null;
  /** null while it is still being counted. */
  readonly total: number | null;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly skippedBy: CodeCounts;
  readonly failedBy: CodeCounts;
  readonly lastFailure: string | null;
  /** Somebody works on it. */
  readonly isLeased: boolean;
}

/** With what matched and stays as it was. */
export interface JobReport extends JobView {
  readonly left: readonly LeftVersion[];
  /** Left, and not among `left`: a report names ten thousand of each outcome. */
  readonly unnamed: number;
}

export const SCHEME_NAMES = {
  "sse-s3": "AES256",
  "sse-kms": "aws:kms",
  "dsse-kms": "aws:kms:dsse",
  "sse-c": "SSE-C",
} as const satisfies Record<EncryptionScheme, string>;

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function viewOfJob(job: Job, nowMs: number): JobView {
  const { id, kind, state, bucket, match, target, reason, done, lastFailure } = job;
  const isKms = target.scheme === "sse-kms";
  return {
    ...{ id, kind, state, bucket },
    match: {
      prefix: match.prefix,
      scheme: match.scheme === null ? null : SCHEME_NAMES[match.scheme],
      kmsKeyArn: match.keyArn,
      createdBefore: timeOf(match.createdBeforeMs),
      versions: match.versions,
    },
    target: {
      scheme: SCHEME_NAMES[target.scheme],
      kmsKeyArn: isKms ? target.keyId : null,
      bucketKey: isKms && target.bucketKey,
    },
    createdAt: new Date(job.createdMs).toISOString(),
    finishedAt: timeOf(job.finishedMs),
    reason,
    total: job.cursor.phase === "count" ? null : job.total,
    ...{ done, skipped: sumOf(job.skipped), failed: sumOf(job.failed) },
    ...{ skippedBy: job.skipped, failedBy: job.failed, lastFailure },
    isLeased: !isOver(job) && job.leaseUntilMs > nowMs,
  };
}

export function reportOfJob(job: Job, left: readonly LeftVersion[], nowMs: number): JobReport {
  const { AlreadyAsAsked: same = 0, ChangedMeanwhile: gone = 0 } = job.skipped;
  const stayed = sumOf(job.skipped) - same - gone + sumOf(job.failed);
  return { ...viewOfJob(job, nowMs), left, unnamed: Math.max(0, stayed - left.length) };
}

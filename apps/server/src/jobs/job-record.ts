import { createHash } from "node:crypto";
import type { RecordChange, RecordStore } from "@strongroom/base";
import type { ReencryptionCursor, ReencryptionMatch, ReencryptionTarget, Unchanged } from "@strongroom/store";
import { ServerError } from "../server-error.ts";

/** `active`: it waits for its turn or is worked on. The last three are final. */
export type JobState = "active" | "paused" | "cancelled" | "complete" | "failed";

/** How often each code was met. */
export type CodeCounts = Readonly<Record<string, number>>;

/** "Re-encrypt all objects that match", and how far it is. */
export interface Job {
  readonly id: string;
  readonly kind: "re-encrypt";
  readonly bucket: string;
  /** The bucket's owner when it was asked for, in the name of whose account the key service is asked. */
  readonly ownerId: string;
  readonly accountId: string;
  readonly match: ReencryptionMatch;
  readonly target: ReencryptionTarget;
  readonly state: JobState;
  /** Why it failed as a whole, as `code: message`; null: it did not. */
  readonly reason: string | null;
  readonly createdMs: number;
  readonly finishedMs: number | null;
  readonly cursor: ReencryptionCursor;
  /** What matched when everything was counted; grows while that goes on. */
  readonly total: number;
  readonly done: number;
  readonly skipped: CodeCounts;
  readonly failed: CodeCounts;
  /** The last refusal of a version, as `code: message`. */
  readonly lastFailure: string | null;
  /** Of the report. */
  readonly pages: number;
  /** Versions that the report names. */
  readonly named: { readonly skipped: number; readonly failed: number };
  readonly owner: string;
  readonly leaseUntilMs: number;
}

/** A version that matched and stays as it was. */
export type LeftVersion = Pick<Unchanged, "objectKey" | "versionId" | "outcome" | "code">;

export interface FoundJob {
  readonly job: Job;
  readonly revision: string;
}

const JOBS = "server/job/";
const REPORTS = "server/job-report/";
const MARKS = "server/job-mark/";
const ID = /^[0-9a-f]{16}$/;
const keyOf = (id: string): Buffer => Buffer.from(JOBS + id);

/** null also for what is no id at all. */
export async function findJob(records: RecordStore, id: string): Promise<FoundJob | null> {
  const stored = ID.test(id) ? await records.find(keyOf(id)) : null;
  return stored === null ? null : { job: decode(stored.value), revision: stored.revision };
}

/** All that are kept, in no order. */
export async function listJobs(records: RecordStore): Promise<readonly Job[]> {
  return (await records.list(Buffer.from(JOBS))).map(decode);
}

/** Stores `job`, with other changes, if its record is still that of `revision` (null: there was none). */
export function storeJob(
  records: RecordStore,
  job: Job,
  revision: string | null,
  also: readonly RecordChange[] = [],
): Promise<boolean> {
  const key = keyOf(job.id);
  const value = Buffer.from(JSON.stringify({ format: 1, ...job }));
  return records.commit([{ key, value }, ...also], [{ key, revision }]);
}

/** The mark that the change of one version leaves until its step is recorded. */
export function markOf(
  id: string,
  { objectKey, versionId }: { objectKey: string; versionId: string },
): Buffer {
  const name = createHash("sha256")
    .update(JSON.stringify([objectKey, versionId]))
    .digest();
  return Buffer.concat([Buffer.from(`${MARKS}${id}/`), name]);
}

/** More than any step leaves. */
const MARKS_READ = 1_000;

/** Of steps that were carried out and not recorded. */
export async function listMarks(records: RecordStore, id: string): Promise<readonly Uint8Array[]> {
  const stored = await records.page(Buffer.from(`${MARKS}${id}/`), null, MARKS_READ);
  return stored.map(({ key }) => key);
}

const reportPrefix = (id: string): Buffer => Buffer.from(`${REPORTS}${id}/`);

/** The change that adds page `number` to a job's report. */
export function reportPage(id: string, number: number, versions: readonly LeftVersion[]): RecordChange {
  const key = Buffer.concat([reportPrefix(id), Buffer.from(String(number).padStart(8, "0"))]);
  const chosen = versions.map(({ objectKey, versionId, outcome, code }) => [
    objectKey,
    versionId,
    outcome,
    code,
  ]);
  return { key, value: Buffer.from(JSON.stringify(chosen)) };
}

const PAGES_READ = 10;

/** The versions that a job's report names, in listing order. */
export async function* readReport(records: RecordStore, id: string): AsyncGenerator<LeftVersion> {
  let after: Uint8Array | null = null;
  for (;;) {
    const pages = await records.page(reportPrefix(id), after, PAGES_READ);
    for (const { key, value } of pages) {
      yield* decodePage(value);
      after = key;
    }
    if (pages.length < PAGES_READ) return;
  }
}

const REMOVED_AT_ONCE = 100;

/** Removes a job with its report. */
export async function forgetJob(records: RecordStore, { id }: Job): Promise<void> {
  for (const prefix of [Buffer.from(`${MARKS}${id}/`), reportPrefix(id)]) {
    for (;;) {
      const page = await records.page(prefix, null, REMOVED_AT_ONCE);
      if (page.length === 0) break;
      await records.commit(
        page.map(({ key }) => ({ key, value: null })),
        [],
      );
    }
  }
  await records.commit([{ key: keyOf(id), value: null }], []);
}

const STATES: readonly unknown[] = [
  "active",
  "paused",
  "cancelled",
  "complete",
  "failed",
] satisfies JobState[];
const TEXTS = ["id", "bucket", "ownerId", "accountId", "owner"];
const NUMBERS = ["createdMs", "total", "done", "pages", "leaseUntilMs"];
const OBJECTS = ["match", "target", "cursor", "skipped", "failed", "named"];

function decode(value: Uint8Array): Job {
  const fields: Record<string, unknown> = { ...JSON.parse(Buffer.from(value).toString("utf8")) };
  const { format, kind, state, reason, lastFailure, finishedMs } = fields;
  const isKnown =
    format === 1 &&
    kind === "re-encrypt" &&
    STATES.includes(state) &&
    TEXTS.every((name) => typeof fields[name] === "string") &&
    NUMBERS.every((name) => typeof fields[name] === "number") &&
    OBJECTS.every((name) => typeof fields[name] === "object" && fields[name] !== null) &&
    [reason, lastFailure].every((each) => each === null || typeof each === "string") &&
    (finishedMs === null || typeof finishedMs === "number");
  if (!isKnown) throw new ServerError("Tampered", "integrity", "the record of a job has an unknown format");
  // The shape was looked at above; the record was authenticated when it was read.
  return fields as unknown as Job;
}

function decodePage(value: Uint8Array): readonly LeftVersion[] {
  const rows: unknown = JSON.parse(Buffer.from(value).toString("utf8"));
  if (!Array.isArray(rows)) {
    throw new ServerError("Tampered", "integrity", "a page of a job's report has an unknown format");
  }
  return rows.map((row: unknown) => {
    const [objectKey, versionId, outcome, code] = Array.isArray(row) ? row.map(String) : [];
    return {
      objectKey: objectKey ?? "",
      versionId: versionId ?? "",
      outcome: outcome === "failed" ? "failed" : "skipped",
      code: code ?? "",
    };
  });
}

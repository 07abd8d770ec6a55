import type { RecordStore } from "@strongroom/base";
import type { LifecycleCounts, LifecycleCursor } from "@strongroom/store";
import { ServerError } from "../server-error.ts";

/** A pass of the lifecycle rules over one bucket. */
export interface LifecycleRun {
  readonly bucket: string;
  /** SHA-256 of the rules it works by, in hex: others begin another run. */
  readonly rules: string;
  /** Which day it is for. */
  readonly day: number;
  /** null: it goes on. */
  readonly finishedMs: number | null;
  readonly cursor: LifecycleCursor;
  readonly counts: LifecycleCounts;
  /** Who works on it, and until when nobody else may. */
  readonly owner: string;
  readonly leaseUntilMs: number;
}

const PREFIX = "server/lifecycle/";
const keyOf = (bucket: string): Buffer => Buffer.from(PREFIX + bucket);

export interface FoundLifecycleRun {
  readonly run: LifecycleRun;
  readonly revision: string;
}

export async function findLifecycleRun(
  records: RecordStore,
  bucket: string,
): Promise<FoundLifecycleRun | null> {
  const stored = await records.find(keyOf(bucket));
  return stored === null ? null : { run: decode(stored.value), revision: stored.revision };
}

/** Stores `run` if the record is still that of `revision` (null: there was none). False when it is not. */
export function storeLifecycleRun(
  records: RecordStore,
  run: LifecycleRun,
  revision: string | null,
): Promise<boolean> {
  const key = keyOf(run.bucket);
  const value = Buffer.from(JSON.stringify({ format: 1, ...run }));
  return records.commit([{ key, value }], [{ key, revision }]);
}

/** Removes what was kept of a bucket, unless somebody works on it. */
export async function forgetLifecycleRun(
  records: RecordStore,
  { run, revision }: FoundLifecycleRun,
): Promise<void> {
  const key = keyOf(run.bucket);
  await records.commit([{ key, value: null }], [{ key, revision }]);
}

const PAGE = 100;

/** Every run that is kept, a page at a time. */
export async function* listLifecycleRuns(records: RecordStore): AsyncGenerator<FoundLifecycleRun> {
  let after: Uint8Array | null = null;
  for (;;) {
    const page = await records.page(Buffer.from(PREFIX), after, PAGE);
    for (const { value, revision } of page) yield { run: decode(value), revision };
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.key;
  }
}

function decode(value: Uint8Array): LifecycleRun {
  const fields: Record<string, unknown> = { ...JSON.parse(Buffer.from(value).toString("utf8")) };
  const { format, bucket, rules, day, finishedMs, cursor, counts, owner, leaseUntilMs } = fields;
  const isKnown =
    format === 1 &&
    [bucket, rules, owner].every((each) => typeof each === "string") &&
    [day, leaseUntilMs].every((each) => typeof each === "number") &&
    (finishedMs === null || typeof finishedMs === "number") &&
    [cursor, counts].every((each) => typeof each === "object" && each !== null);
  if (!isKnown) {
    throw new ServerError("Tampered", "integrity", "the record of a lifecycle run has an unknown format");
  }
  // The shape was looked at above; the record was authenticated when it was read.
  return fields as unknown as LifecycleRun;
}

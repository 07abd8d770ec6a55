import type { RecordStore } from "@strongroom/base";
import { ServerError } from "../server-error.ts";
import type { VerifyProgress } from "./verify-pass.ts";

/** The background verification as the index keeps it: the pass under way or done last, and who works on it. */
export interface ScrubRun extends VerifyProgress {
  /** Passes that were completed. */
  readonly passes: number;
  readonly owner: string;
  readonly leaseUntilMs: number;
}

export interface FoundScrub {
  readonly run: ScrubRun;
  readonly revision: string;
}

const KEY = Buffer.from("server/scrub");

export async function findScrub(records: RecordStore): Promise<FoundScrub | null> {
  const stored = await records.find(KEY);
  return stored === null ? null : { run: decode(stored.value), revision: stored.revision };
}

/** Stores `run` if the record is still that of `revision` (null: there was none). False when it is not. */
export function storeScrub(records: RecordStore, run: ScrubRun, revision: string | null): Promise<boolean> {
  const value = Buffer.from(JSON.stringify({ format: 1, ...run }));
  return records.commit([{ key: KEY, value }], [{ key: KEY, revision }]);
}

function decode(value: Uint8Array): ScrubRun {
  const fields: Record<string, unknown> = { ...JSON.parse(Buffer.from(value).toString("utf8")) };
  const numbers = ["startedMs", "found", "passes", "leaseUntilMs"];
  const { format, finishedMs, cursor, counts, findings, owner } = fields;
  if (
    format !== 1 ||
    numbers.some((name) => typeof fields[name] !== "number") ||
    (finishedMs !== null && typeof finishedMs !== "number") ||
    typeof owner !== "string" ||
    !Array.isArray(findings) ||
    [cursor, counts].some((each) => typeof each !== "object" || each === null)
  ) {
    throw new ServerError("Tampered", "integrity", "the record of the scrub has an unknown format");
  }
  // The shape was looked at above; the record was authenticated when it was read.
  return fields as unknown as ScrubRun;
}

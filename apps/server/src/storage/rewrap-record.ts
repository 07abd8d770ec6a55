import type { RecordStore } from "@strongroom/base";
import { type RewrapCursor, WRAPPING_TABLES } from "@strongroom/store";
import { ServerError } from "../server-error.ts";

/** One run of the job that wraps every data key under the newest master key. */
export interface RewrapRun {
  /** Every data key shall be under this version or a later one. */
  readonly targetVersion: number;
  readonly startedMs: number;
  /** null: it goes on. Set once a whole pass, begun after the rotation was known everywhere, found nothing to do. */
  readonly finishedMs: number | null;
  readonly cursor: RewrapCursor;
  /** Passes that were completed. */
  readonly passes: number;
  /** Bodies of the pass under way that hang on a master key. */
  readonly looked: number;
  /** Data keys wrapped anew in this pass, and in all of them. */
  readonly wrappedInPass: number;
  readonly wrapped: number;
  /** Records of this pass whose data keys do not open; they are left as they are. Absent in older records. */
  readonly unreadable?: number;
  /** Who works on it, and until when nobody else may. */
  readonly owner: string;
  readonly leaseUntilMs: number;
}

const KEY = Buffer.from("server/rewrap");

export interface FoundRun {
  readonly run: RewrapRun;
  readonly revision: string;
}

export async function findRewrapRun(records: RecordStore): Promise<FoundRun | null> {
  const stored = await records.find(KEY);
  return stored === null ? null : { run: decode(stored.value), revision: stored.revision };
}

/** Stores `run` if the record is still that of `revision` (null: there was none). False when it is not. */
export function storeRewrapRun(
  records: RecordStore,
  run: RewrapRun,
  revision: string | null,
): Promise<boolean> {
  const value = Buffer.from(JSON.stringify({ format: 1, ...run }));
  return records.commit([{ key: KEY, value }], [{ key: KEY, revision }]);
}

function decode(value: Uint8Array): RewrapRun {
  const fields: Record<string, unknown> = { ...JSON.parse(Buffer.from(value).toString("utf8")) };
  const numbers = [
    "targetVersion",
    "startedMs",
    "passes",
    "looked",
    "wrappedInPass",
    "wrapped",
    "leaseUntilMs",
  ];
  const { format, finishedMs, cursor, owner, unreadable } = fields;
  if (
    format !== 1 ||
    numbers.some((name) => typeof fields[name] !== "number") ||
    (finishedMs !== null && typeof finishedMs !== "number") ||
    (unreadable !== undefined && typeof unreadable !== "number") ||
    typeof owner !== "string" ||
    !isCursor(cursor)
  ) {
    throw new ServerError("Tampered", "integrity", "the record of the rewrap job has an unknown format");
  }
  // The shape was looked at above; the record was authenticated when it was read.
  return fields as unknown as RewrapRun;
}

function isCursor(value: unknown): boolean {
  const { table, after }: Record<string, unknown> = { ...(value as object | null) };
  return WRAPPING_TABLES.some((name) => name === table) && typeof after === "string";
}

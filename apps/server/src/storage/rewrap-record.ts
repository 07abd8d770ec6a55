import type { RecordStore } from "@strongroom/base";
import { type RewrapCursor, type SurveyCursor, WRAPPING_TABLES } from "@strongroom/store";
import { ServerError } from "../server-error.ts";
import { printProof, proofKey, type RewrapProof } from "./rewrap-proof.ts";

/** One run of the job that wraps every data key under the newest master key. */
export interface RewrapRun {
  /** Every data key shall be under this version or a later one. */
  readonly targetVersion: number;
  readonly startedMs: number;
  /** null: it goes on. */
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
  /** Versions and uploads of which data keys were wrapped anew, in all passes. Absent in older records. */
  readonly objects?: number;
  /** How far the survey that follows a pass has come; null or absent: the pass is under way. */
  readonly survey?: SurveyCursor | null;
  /** What the survey, or the last one, looked at, found under older master keys, and could not read. */
  readonly surveyed?: number;
  readonly left?: number;
  readonly unknown?: number;
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

/** As `storeRewrapRun`, with the proof that the run ends with. */
export function storeProvenRun(
  records: RecordStore,
  run: RewrapRun,
  revision: string,
  proof: RewrapProof,
): Promise<boolean> {
  const changes = [
    { key: KEY, value: encode(run) },
    { key: proofKey(run.targetVersion), value: Buffer.from(printProof(proof)) },
  ];
  return records.commit(changes, [{ key: KEY, revision }]);
}

/** Stores `run` if the record is still that of `revision` (null: there was none). False when it is not. */
export function storeRewrapRun(
  records: RecordStore,
  run: RewrapRun,
  revision: string | null,
): Promise<boolean> {
  return records.commit([{ key: KEY, value: encode(run) }], [{ key: KEY, revision }]);
}

const encode = (run: RewrapRun): Buffer => Buffer.from(JSON.stringify({ format: 1, ...run }));

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
  const optional = ["unreadable", "objects", "surveyed", "left", "unknown"];
  const { format, finishedMs, cursor, owner, survey } = fields;
  if (
    format !== 1 ||
    numbers.some((name) => typeof fields[name] !== "number") ||
    (finishedMs !== null && typeof finishedMs !== "number") ||
    optional.some((name) => fields[name] !== undefined && typeof fields[name] !== "number") ||
    (survey !== undefined && survey !== null && !isSurvey(survey)) ||
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

function isSurvey(value: unknown): boolean {
  const { stage, from, currentFrom }: Record<string, unknown> = { ...(value as object) };
  return (
    (stage === "uploads" || stage === "versions" || stage === "parts") &&
    typeof from === "string" &&
    typeof currentFrom === "string"
  );
}

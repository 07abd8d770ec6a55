import { createHash } from "node:crypto";
import type { RecordStore } from "@strongroom/base";
import { type RewrapCursor, type SurveyCursor, WRAPPING_TABLES } from "@strongroom/store";
import { ServerError } from "../server-error.ts";
import { parseProof, printProof, type RewrapProof } from "./rewrap-proof.ts";

/** One run that moves what hangs on a key of the key service to its newest material, or to another key. */
export interface KmsRewrapRun {
  readonly keyArn: string;
  readonly toKeyArn: string;
  /** Of `toKeyArn` when the run was asked for: what is under it, or a later one, stays. */
  readonly toMaterialNumber: number;
  readonly toMaterialId: string;
  readonly startedMs: number;
  /** null: it goes on. */
  readonly finishedMs: number | null;
  /** Why the key service refused to go on, as `code: message`; null: it did not. */
  readonly refusal: string | null;
  readonly cursor: RewrapCursor;
  /** null: a pass is under way. */
  readonly survey: SurveyCursor | null;
  readonly passes: number;
  readonly wrappedInPass: number;
  readonly wrapped: number;
  /** Of the pass under way, or the last one: left because of a lock, because they do not open. */
  readonly locked: number;
  readonly unreadable: number;
  /** Of the survey under way, or the last one. */
  readonly surveyed: number;
  readonly left: number;
  readonly unknown: number;
  readonly owner: string;
  readonly leaseUntilMs: number;
}

export interface FoundKmsRun {
  readonly run: KmsRewrapRun;
  readonly revision: string;
}

const RUNS = "server/kms-rewrap/";
const PROOFS = "server/kms-rewrap-proof/";
const NUMBERS = [
  "toMaterialNumber",
  "startedMs",
  "passes",
  "wrappedInPass",
  "wrapped",
  "locked",
  "unreadable",
  "surveyed",
  "left",
  "unknown",
  "leaseUntilMs",
];

const keyOf = (prefix: string, keyArn: string): Buffer =>
  Buffer.from(prefix + createHash("sha256").update(keyArn).digest("hex"));

export async function findKmsRun(records: RecordStore, keyArn: string): Promise<FoundKmsRun | null> {
  const stored = await records.find(keyOf(RUNS, keyArn));
  return stored === null ? null : { run: decode(stored.value), revision: stored.revision };
}

export async function listKmsRuns(records: RecordStore): Promise<readonly KmsRewrapRun[]> {
  return (await records.list(Buffer.from(RUNS))).map(decode);
}

/** Stores `run`, and the proof that it ends with, if the record is still that of `revision` (null: there was none). */
export function storeKmsRun(
  records: RecordStore,
  run: KmsRewrapRun,
  revision: string | null,
  proof: RewrapProof | null = null,
): Promise<boolean> {
  const key = keyOf(RUNS, run.keyArn);
  const changes = [{ key, value: Buffer.from(JSON.stringify({ format: 1, ...run })) }];
  if (proof !== null) {
    changes.push({ key: keyOf(PROOFS, run.keyArn), value: Buffer.from(printProof(proof)) });
  }
  return records.commit(changes, [{ key, revision }]);
}

/** The proof of the newest run of this key that ended with one. */
export async function findKmsProof(records: RecordStore, keyArn: string): Promise<RewrapProof | null> {
  const stored = await records.get(keyOf(PROOFS, keyArn));
  return stored === null ? null : parseProof(Buffer.from(stored).toString("utf8"));
}

function decode(value: Uint8Array): KmsRewrapRun {
  const fields: Record<string, unknown> = { ...JSON.parse(Buffer.from(value).toString("utf8")) };
  const { format, finishedMs, refusal, cursor, survey } = fields;
  const texts = ["keyArn", "toKeyArn", "toMaterialId", "owner"];
  if (
    format !== 1 ||
    NUMBERS.some((name) => typeof fields[name] !== "number") ||
    texts.some((name) => typeof fields[name] !== "string") ||
    (finishedMs !== null && typeof finishedMs !== "number") ||
    (refusal !== null && typeof refusal !== "string") ||
    !isCursor(cursor) ||
    typeof survey !== "object"
  ) {
    throw new ServerError("Tampered", "integrity", "the record of a rewrap run has an unknown format");
  }
  // The shape was looked at above; the record was authenticated when it was read.
  return fields as unknown as KmsRewrapRun;
}

function isCursor(value: unknown): boolean {
  const { table, after }: Record<string, unknown> = { ...(value as object | null) };
  return WRAPPING_TABLES.some((name) => name === table) && typeof after === "string";
}

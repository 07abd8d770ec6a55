import { endOfPrefix, IndexIntegrityError, type IndexRecord } from "../index/index-port.ts";
import type { DamagedRange } from "../index/tree/tree-verify.ts";
import {
  placeOf,
  successor,
  tablePrefix,
  tableStart,
  WRAPPING_TABLES,
  type WrappingTable,
} from "../record-keys.ts";
import { type CheckSetup, checkRecord, type RecordCheck } from "./check-record.ts";
import type { Finding } from "./finding.ts";
import { addRecord, emptyCounts, type VerifyCounts } from "./verify-counts.ts";

/** How far a pass over everything stored has come. Data, so that it can be kept and taken up again. */
export interface VerifyCursor {
  readonly table: WrappingTable;
  /** Hex of the first key that was not looked at yet; "" where the table begins. */
  readonly from: string;
}

export const FIRST_VERIFY_CURSOR: VerifyCursor = { table: WRAPPING_TABLES[0], from: "" };

/** What a record counts as at least, for the rate: many small objects are work too. */
const RECORD_BYTES = 64 * 1024;

export interface VerifyLimits {
  /** Versions and uploads of one step. */
  readonly records: number;
  /** A step ends after the record with which it has read this many bytes. */
  readonly bytes: number;
}

export interface VerifyStep {
  /** Where to go on; null: the pass is over. */
  readonly next: VerifyCursor | null;
  readonly counts: VerifyCounts;
  readonly findings: readonly Finding[];
}

/**
 * Looks at the next versions and uploads with all their bytes. `damage` are the stretches of keys that a look at the
 * index itself found unreadable: they are passed over. What other requests change meanwhile is looked at as it is
 * then; a version that moves between the tables while a pass runs may be passed by, never reported wrongly.
 */
export async function verifyStep(
  setup: CheckSetup,
  cursor: VerifyCursor,
  limits: VerifyLimits,
  damage: readonly DamagedRange[] = [],
): Promise<VerifyStep> {
  const { bucket } = setup;
  const start = bucket === undefined ? tableStart(cursor.table) : tablePrefix(cursor.table, bucket, "");
  const to = endOfPrefix(start);
  const counts = emptyCounts();
  const findings: Finding[] = [];
  let from = cursor.from === "" ? start : Buffer.from(cursor.from, "hex");
  let readBytes = 0;
  const counting: CheckSetup = {
    ...setup,
    pace: (bytes) => {
      readBytes += bytes;
      return setup.pace(bytes);
    },
  };
  for (let looked = 0; looked < limits.records && readBytes < limits.bytes; ) {
    const page = await listBeside(setup, { from, to, limit: limits.records - looked }, damage);
    if (page === null) return { next: nextTable(cursor.table), counts, findings };
    for (const stored of page.records) {
      await counting.pace(RECORD_BYTES);
      const check = await checkSettled(counting, cursor.table, stored);
      if (check !== null) {
        addRecord(counts, check);
        findings.push(...check.findings);
      }
      looked++;
      from = successor(stored.key);
      if (readBytes >= limits.bytes) break;
    }
    if (page.records.length === 0) from = page.after;
  }
  return { next: { table: cursor.table, from: from.toString("hex") }, counts, findings };
}

function nextTable(table: WrappingTable): VerifyCursor | null {
  const following = WRAPPING_TABLES[WRAPPING_TABLES.indexOf(table) + 1];
  return following === undefined ? null : { table: following, from: "" };
}

/** The next records, none of them in a damaged stretch; no records: go on at `after`. null: there are no more. */
async function listBeside(
  { engine }: CheckSetup,
  { from, to, limit }: { readonly from: Buffer; readonly to: Buffer; readonly limit: number },
  damage: readonly DamagedRange[],
): Promise<{ readonly records: readonly IndexRecord[]; readonly after: Buffer } | null> {
  if (Buffer.compare(from, to) >= 0) return null;
  const ahead = damage
    .filter((range) => range.to === null || Buffer.compare(range.to, from) > 0)
    .sort((one, other) => Buffer.compare(one.from, other.from))[0];
  const stop = ahead !== undefined && Buffer.compare(ahead.from, to) < 0 ? ahead.from : to;
  if (Buffer.compare(stop, from) > 0) {
    const records = await engine.index.list({ from, to: stop, limit });
    if (records.length > 0) return { records, after: from };
  }
  if (ahead === undefined || stop === to || ahead.to === null) return null;
  return { records: [], after: ahead.to };
}

/** null: somebody changed or removed it meanwhile, so that what was found says nothing. */
async function checkSettled(
  setup: CheckSetup,
  table: WrappingTable,
  first: IndexRecord,
): Promise<RecordCheck | null> {
  let stored: IndexRecord | null = first;
  for (;;) {
    const check = await checkRecord(setup, table, stored);
    if (check.findings.length === 0) return check;
    const now: IndexRecord | null = await readAgain(setup, stored);
    if (now === null) return null;
    if (now.revision === stored.revision) return check;
    stored = now;
  }
}

async function readAgain({ engine }: CheckSetup, stored: IndexRecord): Promise<IndexRecord | null> {
  try {
    return await engine.index.get(stored.key);
  } catch (error) {
    if (error instanceof IndexIntegrityError) return stored;
    throw error;
  }
}

/** A stretch of the index that cannot be read, as a finding: the names are those of its borders. */
export function damageFinding({ from, message }: DamagedRange): Finding {
  const table = WRAPPING_TABLES.find((name) => from.subarray(0, 2).equals(tableStart(name)));
  const place =
    table === undefined || from.indexOf(0, 2) < 0 ? { bucket: "", objectKey: "" } : placeOf(table, from);
  return {
    problem: "index-damaged",
    ...place,
    versionId: null,
    uploadId: null,
    partNumber: null,
    scheme: null,
    key: null,
    detail: `${message}: records from here on cannot be read`,
  };
}

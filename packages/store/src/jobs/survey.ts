import { ServiceError } from "@strongroom/base";
import { hangsOnMasterKey, isBelow } from "../encryption/wrap-floor.ts";
import type { Engine } from "../engine.ts";
import { endOfPrefix, IndexIntegrityError, type IndexRecord } from "../index/index-port.ts";
import { partTableRange, successor, tableStart, VERSION_TAIL_BYTES } from "../record-keys.ts";
import { decodeChain, decodePart, type SealedBody } from "../records.ts";

/**
 * A survey reads every wrapped data key and counts what hangs on master keys before a version. Begun after the floor
 * was raised to that version (`raiseWrapFloor`), it misses nothing, whatever is written meanwhile: nothing new hangs
 * on an older key, parts never change their place, and a version has one place among the noncurrent ones for good, at
 * which a step looks at one instant together with the current version of the same object key. It is in one of the two.
 */
export interface SurveyCursor {
  readonly stage: "versions" | "parts";
  /** Hex; where the next step begins among noncurrent versions, or parts. The table's letter is left out. */
  readonly from: string;
  /** Hex; where it begins among current versions. */
  readonly currentFrom: string;
}

export interface SurveyStep {
  /** null: everything was looked at. */
  readonly next: SurveyCursor | null;
  /** Bodies that hang on a master key, and those of them that hang on one before the version. */
  readonly looked: number;
  readonly below: number;
  /** Records of an unknown format: what they hang on cannot be told. */
  readonly unreadable: number;
}

export const FIRST_SURVEY: SurveyCursor = { stage: "versions", from: "", currentFrom: "" };

const PART_TABLE = partTableRange();
const CURRENT = tableStart("current");
const NONCURRENT = tableStart("noncurrent");
/** What follows the object key in the key of a noncurrent version. */
const TAIL_BYTES = 1 + VERSION_TAIL_BYTES;

/** Looks at about `limit` records, at least 2. */
export function surveyStep(
  engine: Pick<Engine, "index">,
  version: number,
  cursor: SurveyCursor,
  limit: number,
): Promise<SurveyStep> {
  return cursor.stage === "versions"
    ? surveyVersions(engine, version, cursor, limit)
    : surveyParts(engine, version, cursor, limit);
}

async function surveyParts(
  { index }: Pick<Engine, "index">,
  version: number,
  cursor: SurveyCursor,
  limit: number,
): Promise<SurveyStep> {
  const from = Buffer.concat([PART_TABLE.from, Buffer.from(cursor.from, "hex")]);
  const page = await index.list({ from, to: PART_TABLE.to, limit });
  const last = page.at(-1);
  const isOver = last === undefined || page.length < limit;
  const next = isOver ? null : { ...cursor, from: nameOf(successor(last.key), PART_TABLE.from) };
  return { next, ...countAll(page, version, ({ value }) => decodePart(value).body) };
}

async function surveyVersions(
  { index }: Pick<Engine, "index">,
  version: number,
  cursor: SurveyCursor,
  limit: number,
): Promise<SurveyStep> {
  const range = (table: Buffer, from: string) => ({
    from: Buffer.concat([table, Buffer.from(from, "hex")]),
    to: endOfPrefix(table),
    limit,
  });
  const [currents = [], noncurrents = []] = await index.listTogether([
    range(CURRENT, cursor.currentFrom),
    range(NONCURRENT, cursor.from),
  ]);
  const { next, isCovered } = horizonOf(currents, noncurrents, limit);
  // A step that begins within the versions of one object key looks at the current one again, and counts it once.
  const isAgain = ({ key }: IndexRecord): boolean =>
    cursor.from !== "" &&
    nameOf(key, CURRENT) === cursor.currentFrom &&
    cursor.from.length > cursor.currentFrom.length;
  const covered = [...currents.filter(isCovered), ...noncurrents.filter(isCovered)];
  const counts = countAll(covered, version, bodyOfVersion);
  const again = countAll(currents.filter(isAgain), version, bodyOfVersion);
  return { next, ...counts, looked: counts.looked - again.looked };
}

interface Horizon {
  readonly next: SurveyCursor | null;
  readonly isCovered: (record: IndexRecord) => boolean;
}

/** How far the two pages reach together: no further than either does. */
function horizonOf(
  currents: readonly IndexRecord[],
  noncurrents: readonly IndexRecord[],
  limit: number,
): Horizon {
  const lastCurrent = currents.length < limit ? undefined : currents.at(-1);
  const lastNoncurrent = noncurrents.length < limit ? undefined : noncurrents.at(-1);
  if (lastCurrent === undefined && lastNoncurrent === undefined) {
    return { next: { stage: "parts", from: "", currentFrom: "" }, isCovered: () => true };
  }
  const currentEnd = lastCurrent === undefined ? null : objectOf(lastCurrent);
  const noncurrentEnd = lastNoncurrent === undefined ? null : objectOf(lastNoncurrent);
  if (
    lastNoncurrent !== undefined &&
    noncurrentEnd !== null &&
    (currentEnd === null || currentEnd.compare(noncurrentEnd) >= 0)
  ) {
    // All noncurrent ones of the page; the next step goes on within, or right behind, the last one's object key.
    const from = nameOf(successor(lastNoncurrent.key), NONCURRENT);
    const next = { stage: "versions", from, currentFrom: noncurrentEnd.toString("hex") } as const;
    return { next, isCovered: (record) => objectOf(record).compare(noncurrentEnd) <= 0 };
  }
  const end = currentEnd ?? Buffer.alloc(0);
  // Object keys hold no NUL: behind the last object key's own noncurrent versions, and before any later one's.
  const from = Buffer.concat([end, Buffer.of(1)]).toString("hex");
  const next = { stage: "versions", from, currentFrom: successor(end).toString("hex") } as const;
  return { next, isCovered: (record) => objectOf(record).compare(end) <= 0 };
}

/** Bucket ‖ NUL ‖ object key, of a current or noncurrent version's key: ordered alike in both tables. */
function objectOf({ key }: IndexRecord): Buffer {
  const isCurrent = key[0] === CURRENT[0];
  return key.subarray(CURRENT.length, isCurrent ? key.length : key.length - TAIL_BYTES);
}

const nameOf = (key: Buffer, table: Buffer): string => key.toString("hex", table.length);

function bodyOfVersion({ value }: IndexRecord): SealedBody | null {
  const record = decodeChain(value);
  return record.kind === "version" && !("layout" in record.body) ? record.body : null;
}

function countAll(
  records: readonly IndexRecord[],
  version: number,
  bodyOf: (record: IndexRecord) => SealedBody | null,
): Omit<SurveyStep, "next"> {
  const counts = { looked: 0, below: 0, unreadable: 0 };
  for (const record of records) {
    try {
      const body = bodyOf(record);
      if (body === null || !hangsOnMasterKey(body)) continue;
      counts.looked++;
      if (isBelow(body, version)) counts.below++;
    } catch (error) {
      if (!isUnknown(error)) throw error;
      counts.unreadable++;
    }
  }
  return counts;
}

/** Of a newer program, or a wrapped key of another size than its kind has. */
function isUnknown(error: unknown): boolean {
  return (
    error instanceof IndexIntegrityError || (error instanceof ServiceError && error.kind === "integrity")
  );
}

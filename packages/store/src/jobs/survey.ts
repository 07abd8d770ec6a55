import { ServiceError } from "@strongroom/base";
import type { KmsEncryption } from "../encryption/encryption.ts";
import { hangsOnMasterKey, isBelow } from "../encryption/wrap-floor.ts";
import type { Engine } from "../engine.ts";
import { endOfPrefix, IndexIntegrityError, type IndexRecord } from "../index/index-port.ts";
import { partTableRange, successor, tableStart, VERSION_TAIL_BYTES } from "../record-keys.ts";
import { decodeChain, decodePart, decodeUpload, type SealedBody } from "../records.ts";

/**
 * A survey looks at everything that hangs on keys, and counts what hangs on the ones that shall go. It misses nothing that was
 * there when it began, whatever is written meanwhile. Parts never change their place. A version has one place among the
 * noncurrent ones for good, at which a step looks at one instant together with the current version of the same object
 * key: it is in one of the two. An upload becomes a version, so uploads come first.
 *
 * Of master keys: begun after the floor was raised to `version` (`raiseWrapFloor`), what it finds is all there will be.
 */
export interface Survey {
  readonly stages: readonly SurveyStage[];
  /** Whether a record hangs on what shall go; null: it hangs on nothing of the kind. Throws what decoding throws. */
  judge(stage: SurveyStage, value: Uint8Array): boolean | null;
}

export type SurveyStage = "uploads" | "versions" | "parts";

export interface SurveyCursor {
  readonly stage: SurveyStage;
  /** Hex; where the next step begins: among noncurrent versions, uploads or parts. The table's letter is left out. */
  readonly from: string;
  /** Hex; where it begins among current versions. */
  readonly currentFrom: string;
}

export interface SurveyStep {
  /** null: everything was looked at. */
  readonly next: SurveyCursor | null;
  /** Records that hang on keys of the kind, and those of them that hang on what shall go. */
  readonly looked: number;
  readonly below: number;
  /** Records of an unknown format: what they hang on cannot be told. */
  readonly unreadable: number;
}

/** Of bodies under master keys before `version`. */
export function masterKeySurvey(version: number): Survey {
  const judgeBody = (body: SealedBody): boolean | null =>
    hangsOnMasterKey(body) ? isBelow(body, version) : null;
  return {
    stages: ["versions", "parts"],
    judge: (stage, value) => {
      if (stage === "parts") return judgeBody(decodePart(value).body);
      const record = decodeChain(value);
      return record.kind !== "version" || "layout" in record.body ? null : judgeBody(record.body);
    },
  };
}

/** Of versions and uploads under keys of the key service; `isOld` gives null for what does not concern it. */
export function kmsKeySurvey(isOld: (encryption: KmsEncryption) => boolean | null): Survey {
  return {
    stages: ["uploads", "versions"],
    judge: (stage, value) => {
      const record = stage === "uploads" ? decodeUpload(value) : decodeChain(value);
      if (!("encryption" in record)) return null;
      const { encryption } = record;
      return encryption.scheme === "sse-kms" || encryption.scheme === "dsse-kms" ? isOld(encryption) : null;
    },
  };
}

export function firstSurvey({ stages }: Survey): SurveyCursor {
  return { stage: stages[0] ?? "versions", from: "", currentFrom: "" };
}

const PART_TABLE = partTableRange().from;
const UPLOAD_TABLE = tableStart("upload");
const CURRENT = tableStart("current");
const NONCURRENT = tableStart("noncurrent");
/** What follows the object key in the key of a noncurrent version. */
const TAIL_BYTES = 1 + VERSION_TAIL_BYTES;

/** Looks at about `limit` records, at least 2. */
export async function surveyStep(
  engine: Pick<Engine, "index">,
  survey: Survey,
  cursor: SurveyCursor,
  limit: number,
): Promise<SurveyStep> {
  const step =
    cursor.stage === "versions"
      ? await surveyVersions(engine, survey, cursor, limit)
      : await surveyTable(engine, survey, cursor, limit);
  if (step.next !== null) return step;
  const stage = survey.stages[survey.stages.indexOf(cursor.stage) + 1];
  return stage === undefined ? step : { ...step, next: { stage, from: "", currentFrom: "" } };
}

async function surveyTable(
  { index }: Pick<Engine, "index">,
  survey: Survey,
  cursor: SurveyCursor,
  limit: number,
): Promise<SurveyStep> {
  const table = cursor.stage === "parts" ? PART_TABLE : UPLOAD_TABLE;
  const from = Buffer.concat([table, Buffer.from(cursor.from, "hex")]);
  const page = await index.list({ from, to: endOfPrefix(table), limit });
  const last = page.at(-1);
  const isOver = last === undefined || page.length < limit;
  const next = isOver ? null : { ...cursor, from: nameOf(successor(last.key), table) };
  return { next, ...countAll(page, survey, cursor.stage) };
}

async function surveyVersions(
  { index }: Pick<Engine, "index">,
  survey: Survey,
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
  const counts = countAll(covered, survey, "versions");
  const again = countAll(currents.filter(isAgain), survey, "versions");
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
    return { next: null, isCovered: () => true };
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

function countAll(
  records: readonly IndexRecord[],
  survey: Survey,
  stage: SurveyStage,
): Omit<SurveyStep, "next"> {
  const counts = { looked: 0, below: 0, unreadable: 0 };
  for (const { value } of records) {
    try {
      const isBelow = survey.judge(stage, value);
      if (isBelow === null) continue;
      counts.looked++;
      if (isBelow) counts.below++;
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

import { ServiceError } from "@strongroom/base";
import { readBucket } from "../buckets/read-bucket.ts";
import type { EncryptionPlan, EncryptionScheme } from "../encryption/encryption.ts";
import { isKeyAway } from "../encryption/key-service.ts";
import type { RequestKeys } from "../encryption/request-keys.ts";
import type { Engine } from "../engine.ts";
import { VersionScan } from "../listing/version-scan.ts";
import type { StoredVersion } from "../model.ts";
import { toStoredVersion } from "../objects/stored-version.ts";
import { updateEncryption } from "../objects/update-encryption.ts";
import { StoreError } from "../store-error.ts";

/** Which versions of a bucket a run is about; null: whichever it is. */
export interface ReencryptionMatch {
  readonly prefix: string;
  readonly scheme: EncryptionScheme | null;
  /** The KMS key they are under. */
  readonly keyArn: string | null;
  /** Exclusive. */
  readonly createdBeforeMs: number | null;
  readonly versions: "all" | "current";
}

/** What is changed without moving data: never a customer's key, never two layers. */
export type ReencryptionTarget = Extract<EncryptionPlan, { readonly scheme: "sse-s3" | "sse-kms" }>;

/** How far a run has come. Data, so that it can be kept and taken up again. */
export interface ReencryptionCursor {
  /** First everything that matches is counted, then it is changed. */
  readonly phase: "count" | "change";
  /** The last version that was looked at, by what its place in the order is made of; null: none was. */
  readonly after: { readonly objectKey: string; readonly order: number; readonly uid: string } | null;
}

export const FIRST_REENCRYPTION_CURSOR: ReencryptionCursor = { phase: "count", after: null };

export interface ReencryptionWork {
  readonly bucket: string;
  /** Whose it was when the run was asked for. */
  readonly ownerId: string;
  readonly match: ReencryptionMatch;
  readonly target: ReencryptionTarget;
  readonly keys: RequestKeys;
  /**
   * See `UpdateEncryptionInput.mark`; one for each version, of this run alone. Where a step was carried out and never recorded,
   * what carries its mark is counted as changed by whoever takes the step again.
   */
  readonly markOf: (version: Pick<StoredVersion, "objectKey" | "versionId">) => Buffer;
  /** Asked every few versions: the step ends where it is. */
  readonly isOver: () => boolean;
}

/** Why a version that matches stays as it is, though nothing failed. */
export type SkipCode =
  | "AlreadyAsAsked"
  /** It went, or became one that does not match, between the look and the change. */
  | "ChangedMeanwhile"
  | "UnderCustomerKey"
  | "InTwoLayers"
  | "ObjectLocked";

/** A version that matched and was not changed. */
export interface Unchanged {
  readonly objectKey: string;
  readonly versionId: string;
  readonly outcome: "skipped" | "failed";
  /** A `SkipCode`, or the code of the error. */
  readonly code: string;
  /** Of the error; holds no name of an object. */
  readonly message: string;
  /** What is stored did not authenticate. */
  readonly isDamaged: boolean;
}

export interface ReencryptionStep {
  /** null: the run is over. */
  readonly next: ReencryptionCursor | null;
  readonly looked: number;
  /** Of those that were looked at. */
  readonly matched: number;
  readonly changed: number;
  readonly unchanged: readonly Unchanged[];
  /** Of what was changed: to be removed by the commit that records the step. */
  readonly marks: readonly Uint8Array[];
}

/** Versions looked at in one step, and those of them that are changed. */
const LIMITS = {
  count: { records: 1_000, changes: Number.POSITIVE_INFINITY },
  change: { records: 500, changes: 96 },
} as const;
/** Versions changed side by side: their commits share flushes. */
const LANES = 8;

/**
 * Looks at the next few hundred versions of a bucket, and puts those that match under `target`, each in a commit of its own.
 * What one version alone makes impossible is told of it and stops nothing. Throws NoSuchBucket, what a damaged index
 * answers, and everything that passes (`unavailable`): then nothing but marks tells what was changed.
 */
export async function reencryptStep(
  engine: Engine,
  work: ReencryptionWork,
  cursor: ReencryptionCursor,
): Promise<ReencryptionStep> {
  await requireSameBucket(engine, work);
  const { after, phase } = cursor;
  const place = after === null ? null : { objectKey: after.objectKey, tail: after };
  const scan = new VersionScan(engine, work.bucket, work.match.prefix, place);
  const step = new StepCounts();
  const { records, changes } = LIMITS[phase];
  let at = after;
  let lane: StoredVersion[] = [];
  for (;;) {
    const found = step.looked < records && step.matched < changes ? await scan.next() : undefined;
    if (found != null) {
      step.looked++;
      at = { objectKey: found.objectKey, order: found.record.order, uid: found.record.uid };
      if (found.record.kind === "version") {
        const version = toStoredVersion(found.objectKey, found.record, found.isLatest);
        if (isMatch(work.match, version)) {
          step.matched++;
          if (phase === "change") lane.push(version);
        } else if (phase === "change") await countIfChanged(engine, work, version, step);
      }
    }
    if (lane.length === LANES || (found == null && lane.length > 0)) {
      await changeAll(engine, work, lane, step);
      lane = [];
    }
    if (found === null) return { ...step.told(), next: nextPhase(phase) };
    if (found === undefined || (lane.length === 0 && work.isOver())) {
      return { ...step.told(), next: { phase, after: at } };
    }
  }
}

/** What a lost step changed may match no longer: the old key or scheme, which was asked for, is what it is not under any more. */
async function countIfChanged(
  engine: Engine,
  { target, markOf }: ReencryptionWork,
  version: StoredVersion,
  step: StepCounts,
): Promise<void> {
  if (!isAsAsked(target, version.encryption)) return;
  const mark = markOf(version);
  if ((await engine.index.get(mark)) === null) return;
  step.matched++;
  step.changed++;
  step.marks.push(mark);
}

/** A bucket that was made anew under the name, for somebody else, is another one. */
async function requireSameBucket(engine: Engine, { bucket, ownerId }: ReencryptionWork): Promise<void> {
  const found = await readBucket(engine, bucket);
  if (found.bucket.ownerId === ownerId) return;
  throw new StoreError("NoSuchBucket", "invalid", "The bucket has another owner now.");
}

function nextPhase(phase: ReencryptionCursor["phase"]): ReencryptionCursor | null {
  return phase === "count" ? { phase: "change", after: null } : null;
}

function isMatch(match: ReencryptionMatch, { encryption, modifiedMs, isLatest }: StoredVersion): boolean {
  if (match.versions === "current" && !isLatest) return false;
  if (match.createdBeforeMs !== null && modifiedMs >= match.createdBeforeMs) return false;
  if (match.scheme !== null && encryption.scheme !== match.scheme) return false;
  return match.keyArn === null || ("keyArn" in encryption && encryption.keyArn === match.keyArn);
}

/** Ends only when all have ended: what throws must not go on behind the back of whoever tries again. */
async function changeAll(
  engine: Engine,
  work: ReencryptionWork,
  versions: readonly StoredVersion[],
  step: StepCounts,
): Promise<void> {
  const ended = await Promise.allSettled(versions.map((version) => changeOne(engine, work, version, step)));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}

async function changeOne(
  engine: Engine,
  work: ReencryptionWork,
  version: StoredVersion,
  step: StepCounts,
): Promise<void> {
  const { objectKey, versionId } = version;
  const mark = work.markOf({ objectKey, versionId });
  try {
    await updateEncryption(engine, {
      bucket: work.bucket,
      objectKey,
      versionId,
      plan: work.target,
      keys: work.keys,
      mark,
      check: (version) => requireChangeable(work, version),
    });
    step.changed++;
    step.marks.push(mark);
  } catch (error) {
    const isOfVersion = isKeyAway(error) && (await isOwnKeyAway(engine, work, version));
    const { outcome, code, message, isDamaged } = isOfVersion ? failureOf(error) : judge(error);
    if (code === "AlreadyAsAsked" && (await engine.index.get(mark)) !== null) {
      step.changed++;
      step.marks.push(mark);
    } else step.unchanged.push({ objectKey, versionId, outcome, code, message, isDamaged });
  }
}

/** Whether it is the key that the version is under whose device does not answer: the new one's is waited for. */
async function isOwnKeyAway(
  engine: Engine,
  { bucket, keys, target }: ReencryptionWork,
  { objectKey, encryption }: StoredVersion,
): Promise<boolean> {
  if (!("keyArn" in encryption)) return false;
  if (target.scheme === "sse-s3") return true;
  try {
    (await engine.encryptor.resume(encryption, keys, { bucket, objectKey }))[Symbol.dispose]();
    return false;
  } catch (error) {
    return isKeyAway(error);
  }
}

/** Throws Skipped. */
function requireChangeable({ match, target }: ReencryptionWork, version: StoredVersion): void {
  const { encryption } = version;
  if (isAsAsked(target, encryption)) throw new Skipped("AlreadyAsAsked");
  if (!isMatch(match, version)) throw new Skipped("ChangedMeanwhile");
  if (encryption.scheme === "sse-c") throw new Skipped("UnderCustomerKey");
  if (encryption.scheme === "dsse-kms") throw new Skipped("InTwoLayers");
}

function isAsAsked(target: ReencryptionTarget, encryption: StoredVersion["encryption"]): boolean {
  if (target.scheme === "sse-s3" || encryption.scheme !== "sse-kms") {
    return target.scheme === encryption.scheme;
  }
  return encryption.keyArn === target.keyId && encryption.bucketKey === target.bucketKey;
}

class Skipped extends Error {
  readonly code: SkipCode;

  constructor(code: SkipCode) {
    super("");
    this.code = code;
  }
}

const IS_GONE: ReadonlySet<string> = new Set(["NoSuchKey", "NoSuchVersion", "MethodNotAllowed"]);

/** What became of one version. Rethrows what concerns more than that. */
function judge(error: unknown): Omit<Unchanged, "objectKey" | "versionId"> {
  const skipped = (code: SkipCode) => ({ outcome: "skipped", code, message: "", isDamaged: false }) as const;
  if (error instanceof Skipped) return skipped(error.code);
  if (!(error instanceof ServiceError)) throw error;
  if (error instanceof StoreError) {
    if (error.code === "NoSuchBucket") throw error;
    if (error.code === "ObjectLocked") return skipped("ObjectLocked");
    if (IS_GONE.has(error.code)) return skipped("ChangedMeanwhile");
  }
  // The disk is full, the trail cannot be written: the same would happen to every other version.
  if (error.kind === "unavailable") throw error;
  return failureOf(error);
}

function failureOf({
  code,
  message,
  kind,
}: ServiceError<string>): Omit<Unchanged, "objectKey" | "versionId"> {
  return { outcome: "failed", code, message, isDamaged: kind === "integrity" };
}

/** Counts of one step, while it is under way. */
class StepCounts {
  looked = 0;
  matched = 0;
  changed = 0;
  readonly unchanged: Unchanged[] = [];
  readonly marks: Uint8Array[] = [];

  told(): Omit<ReencryptionStep, "next"> {
    const { looked, matched, changed, unchanged, marks } = this;
    return { looked, matched, changed, unchanged, marks };
  }
}

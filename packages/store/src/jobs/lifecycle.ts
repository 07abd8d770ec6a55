import { afterDays, enabledRules } from "../lifecycle/due-time.ts";
import type { LifecycleRule } from "../lifecycle/lifecycle-rule.ts";
import { commonPrefix, matchesByKeyAlone } from "../lifecycle/rule-conditions.ts";
import type { Bucket, MultipartUpload, ObjectVersion } from "../model.ts";
import type { ObjectStore } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import { endVersionsOfKey, type KeyState, NO_STATE } from "./lifecycle-of-key.ts";

/** How far a pass over one bucket has come. Data, so that it can be kept and taken up again. */
export interface LifecycleCursor {
  readonly phase: "versions" | "uploads";
  readonly keyMarker: string;
  readonly idMarker: string;
  /** What was seen of the last key's newer versions: its older ones may follow. */
  readonly state: KeyState;
}

export const FIRST_LIFECYCLE_CURSOR: LifecycleCursor = {
  phase: "versions",
  keyMarker: "",
  idMarker: "",
  state: NO_STATE,
};

export interface LifecycleCounts {
  /** Versions, markers and uploads that were looked at. */
  readonly looked: number;
  /** Current versions that were removed, or hidden behind a marker where the bucket keeps versions. */
  readonly expired: number;
  readonly noncurrentRemoved: number;
  readonly markersRemoved: number;
  readonly uploadsAborted: number;
  /** Due, but protected by Object Lock. */
  readonly locked: number;
}

export interface LifecycleStep {
  /** Where to go on; null: the pass is over. */
  readonly next: LifecycleCursor | null;
  /** Also of a step that failed: what is gone is gone. */
  readonly counts: LifecycleCounts;
  /** What ended the step early; `next` is where it began then. null: nothing did. */
  readonly failure: unknown;
}

export interface LifecycleTime {
  readonly nowMs: number;
  /** How long a day of a rule is; 86,400,000 but in tests. */
  readonly dayMs: number;
}

/** What the job uses of the engine: its ordinary deletions, with all that these check. */
export type LifecycleStore = Pick<
  ObjectStore,
  "listObjectVersions" | "listMultipartUploads" | "deleteObject" | "abortMultipartUpload"
>;

/** Versions listed at once, and keys of them worked on side by side: their commits share flushes. */
const PAGE = 250;
const LANES = 8;

/**
 * Ends what the rules of `bucket` end at `time.nowMs`, among the next few hundred versions or uploads. What somebody else changes
 * meanwhile is left to the next pass, and so is what a lock protects. Throws what the engine throws before anything was ended; when
 * it returns, nothing goes on.
 */
export async function lifecycleStep(
  store: LifecycleStore,
  bucket: Bucket,
  cursor: LifecycleCursor,
  time: LifecycleTime,
): Promise<LifecycleStep> {
  const rules = enabledRules(bucket);
  return cursor.phase === "versions"
    ? versionsStep(store, bucket, rules.filter(isAboutVersions), cursor, time)
    : uploadsStep(store, bucket, rules.filter(isAboutUploads), cursor, time);
}

/** Remembers the first of what several workers meet. */
class FirstFailure {
  isThere = false;
  error: unknown = null;

  note(error: unknown): void {
    if (!this.isThere) this.error = error;
    this.isThere = true;
  }
}

const isAboutVersions = (rule: LifecycleRule): boolean =>
  rule.expiration !== null || rule.noncurrentExpiration !== null;
const isAboutUploads = (rule: LifecycleRule): boolean => rule.abortUploadsAfterDays !== null;
const UPLOADS: LifecycleCursor = { ...FIRST_LIFECYCLE_CURSOR, phase: "uploads" };

async function versionsStep(
  store: LifecycleStore,
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  cursor: LifecycleCursor,
  time: LifecycleTime,
): Promise<LifecycleStep> {
  const counts = new StepCounts();
  if (rules.length === 0) return { next: UPLOADS, counts, failure: null };
  const page = await store.listObjectVersions({
    bucket: bucket.name,
    prefix: commonPrefix(rules),
    delimiter: "",
    keyMarker: cursor.keyMarker,
    versionIdMarker: cursor.idMarker,
    limit: PAGE,
  });
  counts.looked = page.versions.length;
  const groups = groupByKey(page.versions);
  let state = cursor.state;
  const queue = groups.entries();
  const failure = new FirstFailure();
  const lane = async (): Promise<void> => {
    for (const [at, versions] of queue) {
      if (failure.isThere) return;
      const isContinued = at === 0 && versions[0]?.objectKey === cursor.keyMarker;
      const before = isContinued ? cursor.state : NO_STATE;
      const after = await endVersionsOfKey({ store, bucket, rules, time, counts }, versions, before);
      if (at === groups.length - 1) state = after;
    }
  };
  await Promise.all(Array.from({ length: LANES }, () => lane().catch((error) => failure.note(error))));
  if (failure.isThere) return { next: cursor, counts, failure: failure.error };
  if (page.next === null) return { next: UPLOADS, counts, failure: null };
  const { keyMarker, versionIdMarker } = page.next;
  return { next: { phase: "versions", keyMarker, idMarker: versionIdMarker, state }, counts, failure: null };
}

async function uploadsStep(
  store: LifecycleStore,
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  cursor: LifecycleCursor,
  time: LifecycleTime,
): Promise<LifecycleStep> {
  const counts = new StepCounts();
  if (rules.length === 0) return { next: null, counts, failure: null };
  const page = await store.listMultipartUploads({
    bucket: bucket.name,
    prefix: commonPrefix(rules),
    delimiter: "",
    keyMarker: cursor.keyMarker,
    uploadIdMarker: cursor.idMarker,
    limit: PAGE,
  });
  counts.looked = page.uploads.length;
  for (const upload of page.uploads) {
    if (!rules.some((rule) => isAbandoned(rule, upload, time))) continue;
    const { objectKey, uploadId } = upload;
    try {
      await store.abortMultipartUpload({ bucket: bucket.name, objectKey, uploadId });
      counts.uploadsAborted++;
    } catch (error) {
      const isGone = error instanceof StoreError && error.code === "NoSuchUpload";
      if (!isGone) return { next: cursor, counts, failure: error };
    }
  }
  if (page.next === null) return { next: null, counts, failure: null };
  const { keyMarker, uploadIdMarker } = page.next;
  return { next: { ...UPLOADS, keyMarker, idMarker: uploadIdMarker }, counts, failure: null };
}

function isAbandoned(rule: LifecycleRule, upload: MultipartUpload, { nowMs, dayMs }: LifecycleTime): boolean {
  const days = rule.abortUploadsAfterDays;
  return (
    days !== null && matchesByKeyAlone(rule, upload) && afterDays(upload.initiatedMs, days, dayMs) <= nowMs
  );
}

function groupByKey(versions: readonly ObjectVersion[]): readonly (readonly ObjectVersion[])[] {
  return [...Map.groupBy(versions, ({ objectKey }) => objectKey).values()];
}

/** Counts of one step, while it is under way. */
class StepCounts implements LifecycleCounts {
  looked = 0;
  expired = 0;
  noncurrentRemoved = 0;
  markersRemoved = 0;
  uploadsAborted = 0;
  locked = 0;
}

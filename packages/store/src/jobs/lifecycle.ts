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
  readonly counts: LifecycleCounts;
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
 * meanwhile is left to the next pass, and so is what a lock protects. Throws what the engine throws.
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
  if (rules.length === 0) return { next: UPLOADS, counts };
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
  const lane = async (): Promise<void> => {
    for (const [at, versions] of queue) {
      const isContinued = at === 0 && versions[0]?.objectKey === cursor.keyMarker;
      const before = isContinued ? cursor.state : NO_STATE;
      const after = await endVersionsOfKey({ store, bucket, rules, time, counts }, versions, before);
      if (at === groups.length - 1) state = after;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (page.next === null) return { next: UPLOADS, counts };
  const { keyMarker, versionIdMarker } = page.next;
  return { next: { phase: "versions", keyMarker, idMarker: versionIdMarker, state }, counts };
}

async function uploadsStep(
  store: LifecycleStore,
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  cursor: LifecycleCursor,
  time: LifecycleTime,
): Promise<LifecycleStep> {
  const counts = new StepCounts();
  if (rules.length === 0) return { next: null, counts };
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
    const isMine = await store.abortMultipartUpload({ bucket: bucket.name, objectKey, uploadId }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof StoreError && error.code === "NoSuchUpload") return false;
        throw error;
      },
    );
    if (isMine) counts.uploadsAborted++;
  }
  if (page.next === null) return { next: null, counts };
  const { keyMarker, uploadIdMarker } = page.next;
  return { next: { ...UPLOADS, keyMarker, idMarker: uploadIdMarker }, counts };
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

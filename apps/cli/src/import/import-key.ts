import { ImportError } from "./import-error.ts";
import type { BucketCounts, ImportReport } from "./import-report.ts";
import type { ImportSource, SourceKey, SourceVersion } from "./import-source.ts";
import type { ImportState, KeyProgress } from "./import-state.ts";
import type { ImportTarget } from "./import-target.ts";
import { repeat } from "./repeat.ts";

/** One bucket on its way. */
export interface BucketRoute {
  readonly bucket: string;
  readonly target: string;
  readonly hasObjectLock: boolean;
  /** Whether the target keeps versions and delete markers. */
  readonly isVersioned: boolean;
  /** Whether what the target has of its own stays below what comes. */
  readonly isOverwriting: boolean;
  /** Only looks what would be done. */
  readonly isDryRun: boolean;
}

export interface KeyImport {
  readonly source: ImportSource;
  readonly importTarget: ImportTarget;
  readonly state: ImportState;
  readonly report: ImportReport;
  readonly counts: BucketCounts;
  readonly route: BucketRoute;
}

/** Times of listings are whole seconds at some stores. */
const CLOCK_GRAIN_MS = 2_000;

/**
 * Writes what is missing of one key, the oldest version first. `there` is what the target holds under it, the oldest first. A failure
 * is reported, and the later versions wait for it.
 */
export async function importKey(
  work: KeyImport,
  key: SourceKey,
  there: readonly SourceVersion[],
): Promise<void> {
  const { report, counts, route } = work;
  counts.keys++;
  if (key.failure !== undefined) {
    report.fail(route.bucket, { objectKey: key.objectKey, versionId: null }, key.failure);
    return;
  }
  let current: SourceVersion | undefined;
  let pending: readonly SourceVersion[] = [];
  try {
    if (!route.isDryRun) await abortLeftUploads(work, key.objectKey);
    pending = settle(work, key, there);
    for (const version of pending) {
      current = version;
      await importVersion(work, key, version);
    }
  } catch (error) {
    const failed = current ?? { objectKey: key.objectKey, versionId: null };
    report.fail(route.bucket, failed, error);
    for (const held of current === undefined ? [] : pending.slice(pending.indexOf(current) + 1))
      report.fail(route.bucket, held, new ImportError("HeldBack", "state", "an earlier version failed"));
  }
}

async function abortLeftUploads({ state, importTarget, route }: KeyImport, objectKey: string): Promise<void> {
  for (const uploadId of state.takeUploads(route.target, objectKey))
    await repeat(() => importTarget.abortUpload(route.target, objectKey, uploadId));
}

/**
 * Versions that are still to be written. What the target holds and the state file does not know was written right before a run was
 * killed, or by another: the former is told by its kind, size and ETag or time, and taken over, so that nothing is written twice.
 */
function settle(work: KeyImport, key: SourceKey, there: readonly SourceVersion[]): readonly SourceVersion[] {
  const { state, counts, route } = work;
  const progress = state.find(route.bucket, key.objectKey);
  const wanted = key.versions.filter((version) => version.kind === "object" || route.isVersioned);
  const pending = wanted.filter((version) => !state.isDone(progress, route.bucket, version));
  const strangers = there.filter((version) => !isKnown(progress, version, route));
  counts.alreadyThere += wanted.length - pending.length;
  let taken = 0;
  for (const stranger of strangers) {
    const next = pending[taken];
    if (next === undefined || !isSameVersion(next, stranger, state.startedMs)) break;
    state.recordDone(route.bucket, next, stranger.versionId);
    counts.alreadyThere++;
    taken++;
  }
  const left = strangers.slice(taken);
  const rest = pending.slice(taken);
  if (left.length === 0 || rest.length === 0) return rest;
  if (!route.isOverwriting)
    throw new ImportError(
      "TargetDiffers",
      "state",
      `the target holds ${left.length === 1 ? "another version" : `${left.length} other versions`} under this key`,
      { next: "give --overwrite to write above them" },
    );
  state.recordBefore(
    route.bucket,
    key.objectKey,
    left.map(({ versionId }) => versionId ?? "null"),
  );
  return rest;
}

function isKnown(progress: KeyProgress | null, { versionId }: SourceVersion, route: BucketRoute): boolean {
  if (progress === null) return false;
  // Without versions there is one, and what was written once from here may be written again.
  if (versionId === null && !route.isVersioned) return true;
  const id = versionId ?? "null";
  return progress.before.has(id) || [...progress.done.values()].includes(id);
}

function isSameVersion(source: SourceVersion, there: SourceVersion, startedMs: number): boolean {
  if (source.kind !== there.kind || source.sizeBytes !== there.sizeBytes) return false;
  const isRecent = there.lastModifiedMs >= startedMs - CLOCK_GRAIN_MS;
  return isRecent || (source.kind === "object" && source.etag !== "" && source.etag === there.etag);
}

async function importVersion(work: KeyImport, key: SourceKey, version: SourceVersion): Promise<void> {
  const { importTarget, state, counts, route } = work;
  const { target: bucket, hasObjectLock } = route;
  const place = { bucket, objectKey: key.objectKey, hasObjectLock };
  if (route.isDryRun) {
    if (version.kind === "delete-marker") counts.deleteMarkers++;
    else counts.objects++;
    counts.bytes += version.sizeBytes;
    return;
  }
  if (version.kind === "delete-marker") {
    const written = await repeatUnlessWritten(work, key, version, () =>
      importTarget.writeDeleteMarker(place),
    );
    if (written !== null) state.recordDone(route.bucket, version, written.versionId);
    counts.deleteMarkers++;
    return;
  }
  const written = await repeatUnlessWritten(work, key, version, async () => {
    const object = await work.source.openObject(route.bucket, version);
    try {
      const made = await importTarget.writeObject(place, object);
      return { ...made, sourceEtag: object.contentEtag };
    } finally {
      object.close();
    }
  });
  counts.objects++;
  counts.bytes += version.sizeBytes;
  if (written === null) return;
  state.recordDone(route.bucket, version, written.versionId);
  work.report.compareEtags(route.bucket, key.objectKey, written.sourceEtag ?? version.etag, written.etag);
}

/** An answer may be lost after the target did it: ahead of each repetition it is asked. null: it had done it. */
async function repeatUnlessWritten<T>(
  work: KeyImport,
  key: SourceKey,
  version: SourceVersion,
  write: () => Promise<T>,
): Promise<T | null> {
  let isWritten = false;
  return await repeat<T | null>(
    async () => (isWritten ? null : await write()),
    async () => {
      const there = await repeat(() => work.importTarget.listVersionsOf(work.route.target, key.objectKey));
      const [next] = settle(
        work,
        { ...key, versions: key.versions.slice(0, key.versions.indexOf(version) + 1) },
        there,
      );
      isWritten = next === undefined;
    },
  );
}

import { bringSettings, type Setting } from "./bucket-settings.ts";
import { ImportError } from "./import-error.ts";
import { importKey, type KeyImport } from "./import-key.ts";
import type { BucketCounts, ImportReport } from "./import-report.ts";
import type { ImportSource, SourceBucket } from "./import-source.ts";
import type { ImportState } from "./import-state.ts";
import type { ImportTarget } from "./import-target.ts";
import { repeat } from "./repeat.ts";
import { prepareTargetBucket, setVersioning, type TargetBucket } from "./target-bucket.ts";
import type { TargetScheme } from "./target-encryption.ts";
import { TargetListing } from "./target-listing.ts";

export interface ImportRun {
  readonly source: ImportSource;
  readonly importTarget: ImportTarget;
  readonly state: ImportState;
  readonly report: ImportReport;
  readonly prefix: string;
  readonly settings: readonly Setting[];
  readonly scheme: TargetScheme;
  readonly concurrency: number;
  readonly isCurrentOnly: boolean;
  readonly isOverwriting: boolean;
  readonly isDryRun: boolean;
}

/** Brings one bucket over. What fails is in the report; throws only when nothing of it can be done. */
export async function importBucket(run: ImportRun, bucket: string, target: string): Promise<void> {
  const { source, importTarget, report } = run;
  const counts = report.begin(bucket, target);
  try {
    const described = await repeat(() => source.describeBucket(bucket));
    const prepared = await repeat(() => prepareTargetBucket(importTarget.client, described, target, run));
    await importKeys(run, bucket, target, prepared, counts);
    if (!run.isDryRun) await finishBucket(run, described, target, counts);
  } catch (error) {
    report.fail(bucket, null, error);
    if (error instanceof ImportError && error.kind === "invalid") throw error;
  }
}

async function importKeys(
  run: ImportRun,
  bucket: string,
  target: string,
  prepared: TargetBucket,
  counts: BucketCounts,
): Promise<void> {
  const { source, importTarget, state, report, prefix, isOverwriting, isDryRun } = run;
  const { hasObjectLock, versioning } = prepared;
  const isVersioned = versioning === "enabled" && !run.isCurrentOnly;
  const route = { bucket, target, hasObjectLock, isVersioned, isOverwriting, isDryRun };
  const work: KeyImport = { source, importTarget, state, report, counts, route };
  const listing = prepared.isThere
    ? new TargetListing(importTarget, importTarget.client, target, prefix)
    : null;
  const underWay = new Set<Promise<void>>();
  try {
    for await (const key of source.listKeys(bucket, prefix, run.isCurrentOnly)) {
      const there = (await listing?.versionsOf(key.objectKey)) ?? [];
      while (underWay.size >= run.concurrency) await Promise.race(underWay);
      const importing = importKey(work, key, there).finally(() => underWay.delete(importing));
      underWay.add(importing);
    }
  } finally {
    // Also when a listing breaks off: who comes next closes the state file that these write into.
    await Promise.all(underWay);
  }
}

async function finishBucket(
  { source, importTarget, report, settings, isCurrentOnly }: ImportRun,
  described: SourceBucket,
  target: string,
  counts: BucketCounts,
): Promise<void> {
  const { name: bucket } = described;
  if (settings.length > 0)
    for (const { setting, failure } of await bringSettings(
      source,
      importTarget.client,
      bucket,
      target,
      settings,
    )) {
      if (failure === null) counts.settings.push(setting);
      else
        report.fail(
          bucket,
          null,
          new ImportError("StoreFailed", "state", `its ${setting}: ${String(failure)}`),
        );
    }
  // Until now it had to keep what came; now it is as the source is.
  if (described.versioning === "suspended" && !isCurrentOnly && counts.failed === 0)
    await setVersioning(importTarget.client, target, "Suspended");
}

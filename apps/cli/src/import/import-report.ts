import { describeFailure } from "./import-error.ts";
import type { SourceVersion } from "./import-source.ts";

/** So many failures and differing ETags are kept by name; all are counted. */
const MAX_NAMED = 10_000;

export interface FailedVersion {
  readonly bucket: string;
  readonly objectKey: string | null;
  readonly versionId: string | null;
  readonly code: string;
  readonly message: string;
}

export interface DifferingEtag {
  readonly bucket: string;
  readonly objectKey: string;
  readonly sourceEtag: string;
  readonly targetEtag: string;
}

/** What happened in one bucket. */
export interface BucketCounts {
  keys: number;
  objects: number;
  deleteMarkers: number;
  bytes: number;
  alreadyThere: number;
  failed: number;
  etagsEqual: number;
  etagsDiffer: number;
  settings: string[];
}

/** Counts for the summary and the line on standard error. */
export class ImportReport {
  readonly startedMs = performance.now();
  readonly buckets = new Map<string, BucketCounts & { readonly target: string }>();
  readonly failures: FailedVersion[] = [];
  readonly differingEtags: DifferingEtag[] = [];

  begin(bucket: string, target: string): BucketCounts {
    const counts = {
      ...{ target, keys: 0, objects: 0, deleteMarkers: 0, bytes: 0, alreadyThere: 0, failed: 0 },
      ...{ etagsEqual: 0, etagsDiffer: 0, settings: [] },
    };
    this.buckets.set(bucket, counts);
    return counts;
  }

  fail(bucket: string, version: Pick<SourceVersion, "objectKey" | "versionId"> | null, error: unknown): void {
    const counts = this.buckets.get(bucket);
    if (counts !== undefined) counts.failed++;
    if (this.failures.length < MAX_NAMED)
      this.failures.push({
        bucket,
        objectKey: version?.objectKey ?? null,
        versionId: version?.versionId ?? null,
        ...describeFailure(error),
      });
  }

  compareEtags(bucket: string, objectKey: string, sourceEtag: string, targetEtag: string): void {
    const counts = this.buckets.get(bucket);
    if (counts === undefined) return;
    if (sourceEtag === targetEtag) {
      counts.etagsEqual++;
      return;
    }
    counts.etagsDiffer++;
    if (this.differingEtags.length < MAX_NAMED)
      this.differingEtags.push({ bucket, objectKey, sourceEtag, targetEtag });
  }

  totals(): Omit<BucketCounts, "settings"> {
    const sum = (read: (counts: BucketCounts) => number): number =>
      [...this.buckets.values()].reduce((total, counts) => total + read(counts), 0);
    return {
      keys: sum(({ keys }) => keys),
      objects: sum(({ objects }) => objects),
      deleteMarkers: sum(({ deleteMarkers }) => deleteMarkers),
      bytes: sum(({ bytes }) => bytes),
      alreadyThere: sum(({ alreadyThere }) => alreadyThere),
      failed: sum(({ failed }) => failed),
      etagsEqual: sum(({ etagsEqual }) => etagsEqual),
      etagsDiffer: sum(({ etagsDiffer }) => etagsDiffer),
    };
  }
}

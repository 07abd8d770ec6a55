/** What a rule waits for: days of age, or a day of the calendar (its midnight UTC, in milliseconds). */
export type LifecycleDelay = { readonly days: number } | { readonly dateMs: number };

/** All that is given must hold. */
export interface LifecycleConditions {
  readonly prefix: string | null;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  /** Exclusive bounds of the plaintext's size, in bytes. */
  readonly sizeGreaterThan: number | null;
  readonly sizeLessThan: number | null;
}

/** How the conditions were written, so that they are told again as they were put. */
export type LifecycleFilterForm = "prefix" | "filter" | "and";

/** Kept and shown. Every class is stored alike here, so that there is nothing to carry out. */
export interface LifecycleTransition {
  readonly delay: LifecycleDelay;
  readonly storageClass: string;
}

export interface NoncurrentTransition {
  readonly noncurrentDays: number;
  readonly newerVersions: number | null;
  readonly storageClass: string;
}

/** One rule of a bucket, as it was put and as it is told again. */
export interface LifecycleRule {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly form: LifecycleFilterForm;
  readonly conditions: LifecycleConditions;
  /** What ends current versions; a marker with nothing behind it goes with it, or as `expiredMarkers` says. */
  readonly expiration: LifecycleDelay | { readonly expiredMarkers: boolean } | null;
  readonly noncurrentExpiration: {
    readonly noncurrentDays: number;
    /** So many noncurrent versions of a key stay, however old. */
    readonly newerVersions: number | null;
  } | null;
  readonly abortUploadsAfterDays: number | null;
  readonly transitions: readonly LifecycleTransition[];
  readonly noncurrentTransitions: readonly NoncurrentTransition[];
}

export interface BucketLifecycle {
  readonly rules: readonly LifecycleRule[];
  /** `all_storage_classes_128K` or `varies_by_storage_class`: about transitions, kept and shown. */
  readonly minimumObjectSize: string;
}

import type { Bucket, MultipartUpload, StoredVersion } from "../model.ts";
import type { LifecycleDelay, LifecycleRule } from "./lifecycle-rule.ts";
import { matchesByKeyAlone, matchesVersion } from "./rule-conditions.ts";
import { lifecycleOf } from "./stored-lifecycle.ts";

export const CALENDAR_DAY_MS = 86_400_000;

/**
 * When so many days after `sinceMs` are over: at the first midnight UTC from then on, as in S3. A day of another length, for tests
 * of what waits for days, has no midnight.
 */
export function afterDays(sinceMs: number, days: number, dayMs: number = CALENDAR_DAY_MS): number {
  const dueMs = sinceMs + days * dayMs;
  return dayMs === CALENDAR_DAY_MS ? Math.ceil(dueMs / CALENDAR_DAY_MS) * CALENDAR_DAY_MS : dueMs;
}

export function afterDelay(sinceMs: number, delay: LifecycleDelay, dayMs?: number): number {
  return "dateMs" in delay ? delay.dateMs : afterDays(sinceMs, delay.days, dayMs);
}

/** What is told of a time to come: when, and by which rule. */
export interface ForetoldEnd {
  readonly atMs: number;
  readonly ruleId: string;
}

/** When the bucket's rules end a current version, by the earliest of them (the first of equals); null: no rule does. */
export function foretellExpiration(bucket: Bucket, version: StoredVersion): ForetoldEnd | null {
  return earliest(enabledRules(bucket), (rule) => {
    const { expiration } = rule;
    if (expiration === null || "expiredMarkers" in expiration) return null;
    return matchesVersion(rule, version) ? afterDelay(version.modifiedMs, expiration) : null;
  });
}

/** When the bucket's rules end an upload that is still going on; null: no rule does. */
export function foretellAbort(
  bucket: Bucket,
  upload: Pick<MultipartUpload, "objectKey" | "initiatedMs">,
): ForetoldEnd | null {
  return earliest(enabledRules(bucket), (rule) =>
    rule.abortUploadsAfterDays !== null && matchesByKeyAlone(rule, upload)
      ? afterDays(upload.initiatedMs, rule.abortUploadsAfterDays)
      : null,
  );
}

export function enabledRules(bucket: Bucket): readonly LifecycleRule[] {
  return lifecycleOf(bucket)?.rules.filter(({ isEnabled }) => isEnabled) ?? [];
}

function earliest(
  rules: readonly LifecycleRule[],
  timeOf: (rule: LifecycleRule) => number | null,
): ForetoldEnd | null {
  let found: ForetoldEnd | null = null;
  for (const rule of rules) {
    const atMs = timeOf(rule);
    if (atMs !== null && (found === null || atMs < found.atMs)) found = { atMs, ruleId: rule.id };
  }
  return found;
}

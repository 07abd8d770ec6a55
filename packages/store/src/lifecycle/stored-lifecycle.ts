import type { Bucket } from "../model.ts";
import { StoreError } from "../store-error.ts";
import type { BucketLifecycle } from "./lifecycle-rule.ts";

/** Name of the configuration document that holds a bucket's rules. */
export const LIFECYCLE_DOCUMENT = "lifecycle";

const FORMAT = 1;

export function printStoredLifecycle(lifecycle: BucketLifecycle): string {
  return JSON.stringify({ format: FORMAT, ...lifecycle });
}

/** The engine hands out the same `Bucket` for the same revision of its record: a change holds from the next request on. */
const parsed = new WeakMap<Bucket, BucketLifecycle | null>();

/** null: the bucket has no rules. Throws InternalError for a document of another format: nothing is deleted by a guess. */
export function lifecycleOf(bucket: Bucket): BucketLifecycle | null {
  const known = parsed.get(bucket);
  if (known !== undefined) return known;
  const document = bucket.configuration[LIFECYCLE_DOCUMENT];
  const fresh = document === undefined ? null : parseStoredLifecycle(document);
  parsed.set(bucket, fresh);
  return fresh;
}

function parseStoredLifecycle(document: string): BucketLifecycle {
  const stored: unknown = JSON.parse(document);
  if (typeof stored !== "object" || stored === null) throw unknownFormat();
  const { format, rules, minimumObjectSize }: Record<string, unknown> = { ...stored };
  if (format !== FORMAT || !Array.isArray(rules) || typeof minimumObjectSize !== "string")
    throw unknownFormat();
  // The record was authenticated when it was read: this program, or an older one of this format, wrote it.
  return { rules: rules as BucketLifecycle["rules"], minimumObjectSize };
}

function unknownFormat(): StoreError {
  return new StoreError("InternalError", "bug", "the lifecycle rules of a bucket have an unknown format");
}

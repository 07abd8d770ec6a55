import { readBucket } from "../buckets/read-bucket.ts";
import type { Engine } from "../engine.ts";
import { endOfPrefix } from "../index/index-port.ts";
import type { StoredVersion } from "../model.ts";
import type { ListObjectsInput, ListObjectsPage } from "../object-store.ts";
import { toStoredVersion } from "../objects/stored-version.ts";
import { objectKeyOf, successor, tablePrefix } from "../record-keys.ts";
import { decodeChain } from "../records.ts";
import { RollUp } from "./roll-up.ts";

const MAX_READ = 1001;

/**
 * Current objects in key order. Reads what a page needs and no more: whole groups under a delimiter are skipped by
 * seeking past them, and neither old versions nor markers lie in the way.
 */
export async function listObjects(engine: Engine, input: ListObjectsInput): Promise<ListObjectsPage> {
  const { bucket, prefix, delimiter, after, limit } = input;
  await readBucket(engine, bucket);
  const to = endOfPrefix(tablePrefix("current", bucket, prefix));
  let from = startKey(bucket, prefix, after);
  const objects: StoredVersion[] = [];
  const commonPrefixes: string[] = [];
  if (limit === 0) return { objects, commonPrefixes, nextAfter: null };
  const rollUp = new RollUp(prefix, delimiter, after);
  let last = "";
  for (;;) {
    const wanted = Math.min(limit + 1 - objects.length - commonPrefixes.length, MAX_READ);
    const page = await engine.index.list({ from, to, limit: wanted });
    let inGroup = false;
    for (const stored of page) {
      const objectKey = objectKeyOf(stored.key, bucket, 0);
      const what = rollUp.classify(objectKey);
      inGroup = what !== "key";
      if (what === "grouped") continue;
      if (objects.length + commonPrefixes.length === limit)
        return { objects, commonPrefixes, nextAfter: last };
      if (what === "key") {
        const record = decodeChain(stored.value);
        if (record.kind === "version") objects.push(toStoredVersion(objectKey, record, true));
        last = objectKey;
      } else {
        commonPrefixes.push(what.commonPrefix);
        last = what.commonPrefix;
      }
    }
    const end = page.at(-1);
    if (end === undefined || page.length < wanted) return { objects, commonPrefixes, nextAfter: null };
    from =
      inGroup && rollUp.group !== null
        ? endOfPrefix(tablePrefix("current", bucket, rollUp.group))
        : successor(end.key);
  }
}

/** The later of the prefix's begin and what follows `after`. */
export function startKey(bucket: string, prefix: string, after: string): Buffer {
  const start = tablePrefix("current", bucket, prefix);
  if (after === "") return start;
  const next = successor(tablePrefix("current", bucket, after));
  return Buffer.compare(start, next) > 0 ? start : next;
}

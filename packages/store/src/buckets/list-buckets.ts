import type { Engine } from "../engine.ts";
import type { Bucket } from "../model.ts";
import type { ListBucketsInput, ListBucketsPage } from "../object-store.ts";
import { bucketKey, bucketRange, successor } from "../record-keys.ts";
import { decodeBucket } from "../records.ts";

const PAGE = 1000;

/** Buckets of one owner, or of all, by name. Others' buckets in between are passed over. */
export async function listBuckets(engine: Engine, input: ListBucketsInput): Promise<ListBucketsPage> {
  const { to } = bucketRange();
  const found: Bucket[] = [];
  let from = successor(bucketKey(input.after));
  if (input.prefix > input.after) from = bucketKey(input.prefix);
  for (;;) {
    const page = await engine.index.list({ from, to, limit: PAGE });
    for (const stored of page) {
      const bucket = decodeBucket(stored.value);
      if (!bucket.name.startsWith(input.prefix)) {
        if (bucket.name > input.prefix) return { buckets: found, nextAfter: null };
        continue;
      }
      if (input.ownerId !== null && bucket.ownerId !== input.ownerId) continue;
      if (found.length === input.limit) return { buckets: found, nextAfter: found.at(-1)?.name ?? null };
      found.push(bucket);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return { buckets: found, nextAfter: null };
    from = successor(last.key);
  }
}

import { type Engine, untilCommitted } from "../engine.ts";
import { endOfPrefix } from "../index/index-port.ts";
import { type ObjectTable, tablePrefix } from "../record-keys.ts";
import { StoreError } from "../store-error.ts";
import { readBucket } from "./read-bucket.ts";

const TABLES: readonly ObjectTable[] = ["current", "noncurrent", "upload"];

/** Throws NoSuchBucket, or BucketNotEmpty while a version, marker or upload is left. */
export function deleteBucket(engine: Engine, name: string): Promise<void> {
  return untilCommitted(async () => {
    const { bucketStored } = await readBucket(engine, name);
    const ranges = TABLES.map((table) => {
      const from = tablePrefix(table, name, "");
      return { from, to: endOfPrefix(from) };
    });
    for (const range of ranges) {
      const found = await engine.index.list({ ...range, limit: 1 });
      if (found.length > 0) {
        throw new StoreError("BucketNotEmpty", "state", "The bucket you tried to delete is not empty", {
          bucket: name,
        });
      }
    }
    await engine.index.commit({
      checks: [
        { key: bucketStored.key, revision: bucketStored.revision },
        ...ranges.map(({ from, to }) => ({ emptyFrom: from, emptyTo: to })),
      ],
      deletes: [bucketStored.key],
    });
  });
}

import { type Engine, untilCommitted } from "../engine.ts";
import type { Bucket } from "../model.ts";
import { encodeBucket } from "../records.ts";
import { readBucket } from "./read-bucket.ts";

/**
 * Changes one bucket's record. Concurrent changes of different settings never lose one another: each starts over
 * from what the other left [L-57].
 */
export function changeBucket(
  engine: Engine,
  name: string,
  change: (bucket: Bucket) => Bucket,
): Promise<void> {
  return untilCommitted(async () => {
    const { bucket, bucketStored } = await readBucket(engine, name);
    await engine.index.commit({
      checks: [{ key: bucketStored.key, revision: bucketStored.revision }],
      puts: [{ key: bucketStored.key, value: encodeBucket(change(bucket)) }],
    });
  });
}

export function changeBucketConfiguration(
  engine: Engine,
  bucket: string,
  name: string,
  change: (before: string | undefined) => string | null,
): Promise<void> {
  return changeBucket(engine, bucket, (before) => {
    const { [name]: replaced, ...others } = before.configuration;
    const document = change(replaced);
    return { ...before, configuration: document === null ? others : { ...others, [name]: document } };
  });
}

import { type Engine, untilCommitted } from "../engine.ts";
import { announcingTest } from "../events/announce.ts";
import type { Bucket } from "../model.ts";
import type { SetNotificationInput } from "../object-store.ts";
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
  messages: () => ReturnType<typeof announcingTest> = () => [],
): Promise<void> {
  return untilCommitted(async () => {
    const { bucket, bucketStored } = await readBucket(engine, name);
    await engine.index.commit({
      checks: [{ key: bucketStored.key, revision: bucketStored.revision }],
      puts: [{ key: bucketStored.key, value: encodeBucket(change(bucket)) }, ...messages()],
    });
  });
}

/** Sets who is told of changes, and tells them that they are, in one commit. */
export function setNotification(
  engine: Engine,
  { bucket, name, document, testTargets, origin }: SetNotificationInput,
): Promise<void> {
  return changeBucket(
    engine,
    bucket,
    (before) => withDocument(before, name, () => document),
    () => announcingTest(testTargets, { what: "test", bucket, atMs: engine.clock.nowMs(), origin }),
  );
}

export function changeBucketConfiguration(
  engine: Engine,
  bucket: string,
  name: string,
  change: (before: string | undefined) => string | null,
): Promise<void> {
  return changeBucket(engine, bucket, (before) => withDocument(before, name, change));
}

function withDocument(
  before: Bucket,
  name: string,
  change: (before: string | undefined) => string | null,
): Bucket {
  const { [name]: replaced, ...others } = before.configuration;
  const document = change(replaced);
  return { ...before, configuration: document === null ? others : { ...others, [name]: document } };
}

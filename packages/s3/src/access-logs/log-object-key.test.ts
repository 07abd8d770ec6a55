import assert from "node:assert/strict";
import { test } from "node:test";
import { logObjectKey } from "./log-object-key.ts";
import type { LogKeyFormat } from "./logging-configuration.ts";

const place = {
  accountId: "123456789012",
  region: "us-west-2",
  eventMs: Date.UTC(2026, 1, 6, 23, 59, 58),
  deliveredMs: Date.UTC(2026, 1, 7, 0, 4, 5),
  unique: "0123456789ABCDEF",
};
const keyOf = (keyFormat: LogKeyFormat | null): string =>
  logObjectKey(
    {
      sourceBucket: "photos",
      ownerId: "",
      name: "",
      logging: { targetBucket: "logs", targetPrefix: "of/", targetGrants: [], keyFormat },
    },
    place,
  );

test("keys of log objects are made as S3 makes them", () => {
  const simple = "of/2026-02-07-00-04-05-0123456789ABCDEF";
  assert.equal(keyOf(null), simple);
  assert.equal(keyOf({ kind: "simple" }), simple);
  const delivered = "of/123456789012/us-west-2/photos/2026/02/07/2026-02-07-00-04-05-0123456789ABCDEF";
  assert.equal(keyOf({ kind: "partitioned", dateSource: "DeliveryTime" }), delivered);
  assert.equal(keyOf({ kind: "partitioned", dateSource: null }), delivered);
  assert.equal(
    keyOf({ kind: "partitioned", dateSource: "EventTime" }),
    "of/123456789012/us-west-2/photos/2026/02/06/2026-02-06-00-00-00-0123456789ABCDEF",
  );
});

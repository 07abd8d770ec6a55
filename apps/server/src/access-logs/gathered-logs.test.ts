import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { ServiceError } from "@strongroom/base";
import type { LogStream } from "@strongroom/s3";
import { createLog } from "../log.ts";
import { GatheredLogs } from "./gathered-logs.ts";

const stream = (name: string, byDay = false, ownerId = "o"): LogStream => ({
  sourceBucket: name,
  ownerId,
  name,
  logging: {
    targetBucket: "logs",
    targetPrefix: "",
    targetGrants: [],
    keyFormat: byDay ? { kind: "partitioned", dateSource: "EventTime" } : null,
  },
});
const MIB = 1024 * 1024;

function gather(fail: () => Error | null = () => null) {
  const delivered: string[] = [];
  const counts = { delivered: 0, dropped: 0 };
  const logs = new GatheredLogs({
    deliver: async ({ name }, body) => {
      const error = fail();
      if (error !== null) throw error;
      delivered.push(`${name}: ${body.toString().slice(0, 20)}`);
    },
    everyMs: 3_600_000,
    count: (outcome, records) => {
      counts[outcome] += records;
    },
    log: createLog("error"),
  });
  return { logs, delivered, counts };
}

test("lines of a stream go into one object, those of different days into one each where keys tell the day", async () => {
  const { logs, delivered, counts } = gather();
  logs.add(stream("a"), "1\n", 0);
  logs.add(stream("b"), "2\n", 0);
  logs.add(stream("a"), "3\n", 86_400_000);
  logs.add(stream("c", true), "4\n", 0);
  logs.add(stream("c", true), "5\n", 86_400_000);
  await logs.flush();
  assert.deepEqual(delivered, ["a: 1\n3\n", "b: 2\n", "c: 4\n", "c: 5\n"]);
  assert.deepEqual(counts, { delivered: 5, dropped: 0 });
  await logs.stop();
});

test("a stream that has grown is delivered at once; what no memory is left for is counted", async () => {
  let fails = true;
  const unavailable = new ServiceError("SlowDown", "unavailable", "later");
  const { logs, delivered, counts } = gather(() => (fails ? unavailable : null));
  for (let count = 0; count < 17; count++)
    logs.add(stream(`s${count}`, false, `o${count}`), "x".repeat(MIB), 0);
  assert.equal(counts.dropped, 1);
  await new Promise((resolve) => setImmediate(resolve));
  fails = false;
  await logs.flush();
  assert.deepEqual([delivered.length, counts.delivered], [16, 16]);
  logs.add(stream("after"), "x\n", 0);
  await logs.stop();
  assert.deepEqual([counts.delivered, counts.dropped], [17, 1]);
});

test("an account whose targets take nothing leaves room for the logs of others", async () => {
  const unavailable = new ServiceError("KMS.KeyUnavailableException", "unavailable", "later");
  let fails = true;
  const { logs, delivered, counts } = gather(() => (fails ? unavailable : null));
  for (let count = 0; count < 20; count++) logs.add(stream(`s${count}`, false, "greedy"), "x".repeat(MIB), 0);
  await logs.flush();
  assert.equal(counts.dropped, 12);
  logs.add(stream("modest", false, "other"), "1\n", 0);
  assert.equal(counts.dropped, 12);
  fails = false;
  await logs.flush();
  assert.deepEqual(
    delivered.filter((each) => each.startsWith("modest")),
    ["modest: 1\n"],
  );
  // What was delivered or lost counts no more.
  for (let count = 0; count < 8; count++) logs.add(stream("again", false, "greedy"), "x".repeat(MIB), 0);
  assert.equal(counts.dropped, 12);
  await logs.stop();
});

test("what is unavailable is tried again in order, what is refused is lost", async () => {
  let error: Error | null = new ServiceError("ServiceUnavailable", "unavailable", "later");
  const { logs, delivered, counts } = gather(() => error);
  logs.add(stream("a"), "1\n", 0);
  await logs.flush();
  logs.add(stream("a"), "2\n", 0);
  await logs.flush();
  error = null;
  await logs.flush();
  assert.deepEqual(delivered, ["a: 1\n2\n"]);
  error = new ServiceError("AccessDenied", "denied", "no");
  logs.add(stream("a"), "3\n", 0);
  await logs.flush();
  error = null;
  await logs.stop();
  assert.deepEqual(delivered, ["a: 1\n2\n"]);
  assert.deepEqual(counts, { delivered: 2, dropped: 1 });
});

test("a delivery is no part of the request that made it due", async () => {
  const requests = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const { logs } = gather(() => {
    seen.push(requests.getStore());
    return null;
  });
  requests.run("a request", () => logs.add(stream("a"), "x".repeat(MIB), 0));
  await logs.stop();
  assert.deepEqual(seen, [undefined]);
});

test("the end waits for lines that are still to come, and delivers them", async () => {
  const { logs, delivered } = gather();
  const { promise, resolve } = Promise.withResolvers<void>();
  logs.expect(promise.then(() => logs.add(stream("late"), "1\n", 0)));
  setImmediate(resolve);
  await logs.stop();
  assert.deepEqual(delivered, ["late: 1\n"]);
});

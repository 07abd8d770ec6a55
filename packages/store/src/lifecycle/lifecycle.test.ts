import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEngineFixture, putInput } from "../engine-fixture.ts";
import type { Bucket, StoredVersion } from "../model.ts";
import { afterDays, CALENDAR_DAY_MS, foretellAbort, foretellExpiration } from "./due-time.ts";
import { ruleOf } from "./lifecycle-fixture.ts";
import type { LifecycleRule } from "./lifecycle-rule.ts";
import { commonPrefix, matchesByKeyAlone, matchesVersion } from "./rule-conditions.ts";
import { LIFECYCLE_DOCUMENT, lifecycleOf, printStoredLifecycle } from "./stored-lifecycle.ts";

const NOON = Date.UTC(2026, 0, 1, 12);

function bucketWith(...rules: readonly LifecycleRule[]): Bucket {
  return {
    name: "b",
    ownerId: "owner",
    region: "r",
    createdMs: 0,
    versioning: "enabled",
    configuration: { [LIFECYCLE_DOCUMENT]: printStoredLifecycle({ rules, minimumObjectSize: "" }) },
  };
}

async function storedVersion(): Promise<StoredVersion> {
  const { store } = createEngineFixture();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  return store.putObject(putInput("b", "a/k", "12345"));
}

test("days end at the first midnight from then on, whatever the hour they began", () => {
  assert.equal(afterDays(NOON, 1), Date.UTC(2026, 0, 3));
  assert.equal(afterDays(Date.UTC(2026, 0, 1), 1), Date.UTC(2026, 0, 2));
  assert.equal(afterDays(NOON, 2, 10_000), NOON + 20_000);
  fc.assert(
    fc.property(fc.nat({ max: 4e12 }), fc.integer({ min: 1, max: 3650 }), (sinceMs, days) => {
      const endMs = afterDays(sinceMs, days);
      assert.equal(endMs % CALENDAR_DAY_MS, 0);
      assert.ok(endMs >= sinceMs + days * CALENDAR_DAY_MS && endMs < sinceMs + (days + 1) * CALENDAR_DAY_MS);
    }),
  );
});

test("every condition must hold, and what has no tags and no size is not matched by them", async () => {
  const version = { ...(await storedVersion()), tags: { team: "x" } };
  const cases: readonly [conditions: Partial<LifecycleRule["conditions"]>, version: boolean, key: boolean][] =
    [
      [{}, true, true],
      [{ prefix: "a/" }, true, true],
      [{ prefix: "b" }, false, false],
      [{ tags: [{ name: "team", value: "x" }] }, true, false],
      [{ tags: [{ name: "team", value: "y" }] }, false, false],
      [{ tags: [{ name: "constructor", value: "x" }] }, false, false],
      [{ sizeGreaterThan: 4, sizeLessThan: 6 }, true, false],
      [{ sizeGreaterThan: 5 }, false, false],
      [{ sizeLessThan: 5 }, false, false],
    ];
  for (const [conditions, isVersion, isKey] of cases) {
    const rule = ruleOf({ conditions });
    assert.equal(matchesVersion(rule, version), isVersion, JSON.stringify(conditions));
    assert.equal(matchesByKeyAlone(rule, version), isKey, JSON.stringify(conditions));
  }
});

test("the earliest rule that is enabled and about the version is told of, the first of equals", async () => {
  const version = await storedVersion();
  const late = ruleOf({ id: "late", expiration: { days: 9 } });
  const bucket = bucketWith(
    late,
    ruleOf({ id: "off", isEnabled: false, expiration: { days: 1 } }),
    ruleOf({ id: "other", expiration: { days: 1 }, conditions: { prefix: "z" } }),
    ruleOf({ id: "markers", expiration: { expiredMarkers: true } }),
    ruleOf({ id: "first", expiration: { days: 3 } }),
    ruleOf({ id: "second", expiration: { days: 3 } }),
  );
  assert.deepEqual(foretellExpiration(bucket, version), { atMs: Date.UTC(2026, 0, 4), ruleId: "first" });
  assert.equal(foretellExpiration(bucketWith(), version), null);
  const dated = bucketWith(late, ruleOf({ id: "date", expiration: { dateMs: 0 } }));
  assert.deepEqual(foretellExpiration(dated, version), { atMs: 0, ruleId: "date" });
  const uploads = bucketWith(ruleOf({ id: "abort", abortUploadsAfterDays: 2 }));
  const upload = { objectKey: "a/k", initiatedMs: NOON };
  assert.deepEqual(foretellAbort(uploads, upload), { atMs: Date.UTC(2026, 0, 4), ruleId: "abort" });
});

test("what all rules' keys begin with is cut between letters", () => {
  const prefix = (...prefixes: readonly (string | null)[]): string =>
    commonPrefix(prefixes.map((each) => ruleOf({ conditions: { prefix: each } })));
  assert.equal(prefix("logs/a", "logs/b"), "logs/");
  assert.equal(prefix("logs/", "logs/b"), "logs/");
  assert.equal(prefix("logs/", null), "");
  assert.equal(prefix("😀a", "😁a"), "");
  assert.equal(prefix(), "");
});

test("a document of another format deletes nothing: it is an error", () => {
  for (const document of ["{}", "[]", '{"format":2,"rules":[],"minimumObjectSize":""}']) {
    const bucket = { ...bucketWith(), configuration: { [LIFECYCLE_DOCUMENT]: document } };
    assert.throws(() => lifecycleOf(bucket), { code: "InternalError" });
  }
  assert.equal(lifecycleOf({ ...bucketWith(), configuration: {} }), null);
});

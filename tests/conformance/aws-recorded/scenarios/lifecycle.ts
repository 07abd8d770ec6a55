import { type Scenario, type Scenarios, text } from "../scenario.ts";

const LIFECYCLE = "test_s3.py::TestS3BucketLifecycle::";

type Input = Readonly<Record<string, unknown>>;

const DAYS = { Days: 7 };
const WHOLE: Input = { Expiration: DAYS, ID: "wholebucket", Filter: { Prefix: "" }, Status: "Enabled" };
const rule = (ID: string, Filter: Input, more: Input = { Expiration: DAYS }): Input => ({
  ID,
  Filter,
  Status: "Enabled",
  ...more,
});
const rules = (...Rules: readonly Input[]): Input => ({ LifecycleConfiguration: { Rules } });
const tag = (Key: string, Value: string): Input => ({ Key, Value });

/** The rule is told apart by its name; when it ends the object is another day in each run. */
function expectRule(t: Scenario, answer: Input, id: string | null): void {
  const found = /rule-id="([^"]*)"/.exec(String(answer["Expiration"] ?? ""))?.[1] ?? null;
  t.expect(found === id, `the rule that is told of is ${found}, not ${id}`);
}

/** As the recorded test does: the time is replaced by a word. */
function withoutTime(answer: Input): Input {
  const replaced = (of: unknown): Input =>
    typeof of === "object" && of !== null && "Expiration" in of
      ? { ...of, Expiration: "<expiration>" }
      : { ...(of as object) };
  const list = answer["Rules"];
  return { ...replaced(answer), ...(Array.isArray(list) ? { Rules: list.map(replaced) } : {}) };
}

async function match(t: Scenario, label: string, operation: string, input: Input): Promise<Input> {
  const answer = await t.s3(operation, input);
  t.check(label, withoutTime(answer));
  return answer;
}

const put = (t: Scenario, ...of: readonly Input[]): Promise<unknown> =>
  t.s3("PutBucketLifecycleConfiguration", rules(...of));

/** Puts the rules, reads them again, and puts objects of which each is expected under a rule or under none. */
async function ruled(
  t: Scenario,
  of: readonly Input[],
  objects: readonly (readonly [label: string, input: Input, ruleId: string | null])[],
): Promise<void> {
  await put(t, ...of);
  await match(t, "get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration", {});
  for (const [label, input, ruleId] of objects) {
    expectRule(t, await match(t, `put-object-${label}`, "PutObject", { Body: "test", ...input }), ruleId);
  }
}

async function afterConfiguration(t: Scenario): Promise<void> {
  const Key = "test-object-expiry";
  await match(t, "put-object-before", "PutObject", { Body: "test", Key });
  await put(t, rule("rule3", {}));
  await match(t, "get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration", {});
  await match(t, "head-object-expiry-before", "HeadObject", { Key });
  await match(t, "put-object-after", "PutObject", { Body: "test", Key });
  await match(t, "head-object-expiry-after", "HeadObject", { Key });
}

const REFUSALS: readonly (readonly [label: string, rule: Input])[] = [
  ["missing-id", { Expiration: DAYS, Status: "Enabled" }],
  ["missing-filter", { Expiration: DAYS, ID: "wholebucket", Status: "Enabled" }],
  ["missing-noncurrent-version-expiration-data", { ...rule("a", {}), NoncurrentVersionExpiration: {} }],
  ["wrong-filter-and-plus-prefix", rule("a", { And: { Prefix: "test" }, Prefix: "" })],
  ["wrong-filter-and-and-object-size", rule("a", { ObjectSizeGreaterThan: 500, Prefix: "" })],
  ["wrong-data-no-midnight", rule("a", {}, { Expiration: { Date: new Date("2023-01-01T02:02:00Z") } })],
  [
    "duplicate-tag-keys",
    rule("a", { And: { Tags: [tag("testlifecycle", "positive"), tag("testlifecycle", "positive-two")] } }),
  ],
  [
    "expired-delete-marker-and-days",
    rule("a", {}, { Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }),
  ],
];

export const LIFECYCLES: Scenarios = {
  // The test of this name outside the class was recorded in 2023, before every object had a checksum.
  [`${LIFECYCLE}test_object_expiry_after_bucket_lifecycle_configuration`]: afterConfiguration,

  [`${LIFECYCLE}test_delete_bucket_lifecycle_configuration`]: async (t) => {
    await t.match("get-bucket-lifecycle-exc-1", "GetBucketLifecycleConfiguration");
    await t.match("delete-bucket-lifecycle-no-bucket", "DeleteBucketLifecycle");
    await put(t, WHOLE);
    await t.match("get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration");
    await t.s3("DeleteBucketLifecycle");
    await t.match("get-bucket-lifecycle-exc-2", "GetBucketLifecycleConfiguration");
  },

  [`${LIFECYCLE}test_delete_lifecycle_configuration_on_bucket_deletion`]: async (t) => {
    await put(t, WHOLE);
    await t.match("get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration");
    await t.s3("DeleteBucket");
    await t.s3("CreateBucket", { Bucket: t.bucket });
    await t.match("get-bucket-lifecycle-exc", "GetBucketLifecycleConfiguration");
  },

  [`${LIFECYCLE}test_put_bucket_lifecycle_conf_exc`]: async (t) => {
    for (const [label, refused] of REFUSALS)
      await t.match(label, "PutBucketLifecycleConfiguration", rules(refused));
  },

  [`${LIFECYCLE}test_bucket_lifecycle_configuration_date`]: async (t) => {
    await put(t, rule("rule_number_one", {}, { Expiration: { Date: new Date("2023-01-01T00:00:00Z") } }));
    await t.match("get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration");
  },

  [`${LIFECYCLE}test_bucket_lifecycle_configuration_object_expiry`]: async (t) => {
    const Key = "test-object-expiry";
    await put(t, rule("rule_number_one", { Prefix: "" }));
    await match(t, "get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration", {});
    await t.s3("PutObject", { Key, Body: "test" });
    await match(t, "head-object-expiry", "HeadObject", { Key });
    expectRule(t, await match(t, "get-object-expiry", "GetObject", { Key }), "rule_number_one");
  },

  [`${LIFECYCLE}test_bucket_lifecycle_configuration_object_expiry_versioned`]: async (t) => {
    const Key = "test-object-expiry";
    await t.setVersioning("Enabled");
    const NoncurrentVersionExpiration = { NoncurrentDays: 1 };
    await put(t, rule("rule2", {}, { Expiration: { Days: 3 }, NoncurrentVersionExpiration }));
    await match(t, "get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration", {});
    const first = text(await t.s3("PutObject", { Key, Body: "test" }), "VersionId");
    await match(t, "head-object-expiry", "HeadObject", { Key });
    const second = text(await t.s3("PutObject", { Key, Body: "test" }), "VersionId");
    await match(t, "head-object-expiry-noncurrent", "HeadObject", { Key, VersionId: first });
    const named = { Key, VersionId: second };
    await match(t, "head-object-expiry-current-with-version-id", "HeadObject", named);
    const unnamed = await match(t, "head-object-expiry-current-without-version-id", "HeadObject", { Key });
    expectRule(t, unnamed, "rule2");
  },

  [`${LIFECYCLE}test_bucket_lifecycle_multiple_rules`]: (t) =>
    ruled(
      t,
      ["testobject", "test", "t"].map((Prefix, at) =>
        rule(`rule_${["one", "two", "three"][at]}`, { Prefix }),
      ),
      [
        ["match-both-rules", { Key: "testobject-expiry" }, "rule_one"],
        ["match-rule-2", { Key: "test-one-rule" }, "rule_two"],
        ["no-match", { Key: "no-rules" }, null],
      ],
    ),

  [`${LIFECYCLE}test_bucket_lifecycle_object_size_rules`]: (t) =>
    ruled(
      t,
      [rule("rule_one", { ObjectSizeGreaterThan: 20 }), rule("rule_two", { ObjectSizeLessThan: 10 })],
      [
        ["match-rule-1", { Key: "testobject-expiry", Body: "a".repeat(22) }, "rule_one"],
        ["match-rule-2", { Key: "test-one-rule", Body: "a".repeat(5) }, "rule_two"],
        ["no-match", { Key: "no-rules", Body: "a".repeat(15) }, null],
      ],
    ),

  [`${LIFECYCLE}test_bucket_lifecycle_tag_rules`]: async (t) => {
    const one = tag("testlifecycle", "positive");
    const both = { And: { Tags: [one, tag("testlifecycletwo", "positive-two")] } };
    const tagged = { Tagging: "testlifecycle=positive&testlifecycletwo=positivetwo" };
    await ruled(
      t,
      [rule("rule_one", { Tag: one }), rule("rule_two", both)],
      [
        ["match-both-rules", { Key: "testobject-expiry", ...tagged }, "rule_one"],
        ["match-rule-1", { Key: "test-one-rule", Tagging: "testlifecycle=positive" }, "rule_one"],
        ["no-match", { Key: "no-rules", Tagging: "testlifecycle2=positivetwo" }, null],
        ["no-tags", { Key: "no-tags" }, null],
      ],
    );
    await match(t, "get-object-match-both-rules", "GetObject", { Key: "testobject-expiry" });
    await match(t, "get-object-match-rule-1", "GetObject", { Key: "test-one-rule" });
    await match(t, "get-object-no-match", "GetObject", { Key: "no-rules" });
    await match(t, "get-object-no-tags", "GetObject", { Key: "no-tags" });
  },

  [`${LIFECYCLE}test_lifecycle_expired_object_delete_marker`]: async (t) => {
    const Key = "test-expired-object-delete-marker";
    await put(t, rule("rule-marker", {}, { Expiration: { ExpiredObjectDeleteMarker: true } }));
    await match(t, "get-bucket-lifecycle-conf", "GetBucketLifecycleConfiguration", {});
    await match(t, "put-object", "PutObject", { Key, Body: "test" });
    await match(t, "head-object", "HeadObject", { Key });
  },

  [`${LIFECYCLE}test_s3_transition_default_minimum_object_size`]: async (t) => {
    for (const [label, size] of [
      ["varies-by-storage", "varies_by_storage_class"],
      ["default", undefined],
      ["all-storage", "all_storage_classes_128K"],
    ] as const) {
      const input = { ...rules(WHOLE), TransitionDefaultMinimumObjectSize: size };
      await t.match(label, "PutBucketLifecycleConfiguration", input);
      await t.match(`get-${label}`, "GetBucketLifecycleConfiguration");
    }
    const bad = { ...rules(WHOLE), TransitionDefaultMinimumObjectSize: "value" };
    await t.match("bad-value", "PutBucketLifecycleConfiguration", bad);
  },
};

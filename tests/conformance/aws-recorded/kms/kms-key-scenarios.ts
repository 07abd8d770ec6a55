import { type KmsScenario, type KmsScenarios, SECOND_REGION, text } from "./kms-scenario.ts";

const SYMMETRIC = { KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" };
const UNKNOWN_ID = "134f2428-cec1-4b25-a1ae-9048164dba47";
const UNKNOWN_MULTI_REGION_ID = "mrk-d3b95762d3b95762d3b95762d3b95762";

const tags = (pairs: Readonly<Record<string, string>>) =>
  Object.entries(pairs).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

async function checkTags(t: KmsScenario, label: string, KeyId: string): Promise<void> {
  t.check(label, (await t.run("ListResourceTags", { KeyId }))["Tags"]);
}

async function tagAndUntag(t: KmsScenario, isTaggedLater: boolean): Promise<void> {
  const Tags = tags({ tag1: "value1", tag2: "value2" });
  const KeyId = await t.createKeyId(isTaggedLater ? {} : { Tags });
  if (isTaggedLater) await t.run("TagResource", { KeyId, Tags });
  await checkTags(t, "list-resource-tags", KeyId);
  await t.run("UntagResource", { KeyId, TagKeys: ["tag1", "tag2"] });
  await checkTags(t, "list-resource-tags-after-all-untagged", KeyId);
}

const BAD_TAG_KEYS: Readonly<Record<string, string>> = {
  lowercase_prefix: "aws:key1",
  uppercase_prefix: "AWS:key1",
  too_long_key: "a".repeat(129),
};

/** Keys themselves: making, naming, finding and tagging them. */
export const KMS_KEY_SCENARIOS: KmsScenarios = {
  "TestKMS::test_create_key": async (t) => {
    const KeyId = await t.createKeyId({ Description: "test key 123", KeyUsage: "ENCRYPT_DECRYPT" });
    t.check("describe-key", (await t.run("DescribeKey", { KeyId }))["KeyMetadata"]);
  },
  "TestKMS::test_create_alias": async (t) => {
    await t.match("create_alias", "CreateAlias", { AliasName: "plain", TargetKeyId: await t.createKeyId() });
  },
  "TestKMS::test_tag_existing_key_and_untag": (t) => tagAndUntag(t, true),
  "TestKMS::test_create_key_with_tag_and_untag": (t) => tagAndUntag(t, false),
  "TestKMS::test_untag_key_partially": async (t) => {
    const Tags = tags({ tag1: "value1", tag2: "value2", tag3: "value3" });
    const KeyId = await t.createKeyId({ Tags });
    await checkTags(t, "list-resource-tags", KeyId);
    await t.run("UntagResource", { KeyId, TagKeys: ["tag2"] });
    await checkTags(t, "list-resource-tags-after-partially-untagged", KeyId);
  },
  "TestKMS::test_update_and_add_tags_on_tagged_key": async (t) => {
    const Tags = tags({ tag1: "value1", tag2: "value2", tag3: "value3" });
    const KeyId = await t.createKeyId({ Tags });
    await checkTags(t, "list-resource-tags", KeyId);
    const more = tags({ tag4: "value4", tag2: "updated_value2", tag5: "value5" });
    await t.run("TagResource", { KeyId, Tags: more });
    await checkTags(t, "list-resource-tags-after-tags-updated", KeyId);
  },
  "TestKMS::test_tag_key_with_duplicate_tag_keys_raises_error": async (t) => {
    const Tags = [...tags({ tag1: "value1" }), ...tags({ tag1: "another-value1" })];
    await t.match("duplicate-tag-keys", "TagResource", { KeyId: await t.createKeyId(), Tags });
  },
  "TestKMS::test_create_key_with_too_many_tags_raises_error": async (t) => {
    const Tags = Array.from({ length: 51 }, (_, i) => ({ TagKey: `key${i}`, TagValue: `value${i}` }));
    await t.match("invalid-tag-key", "CreateKey", { Tags });
  },
  "TestKMS::test_create_key_with_invalid_tag_key": async (t, parameter) => {
    await t.match("invalid-tag-key", "CreateKey", {
      Tags: tags({ [BAD_TAG_KEYS[parameter] ?? ""]: "value1" }),
    });
  },
  "TestKMS::test_tag_existing_key_with_invalid_tag_key": async (t) => {
    const input = { KeyId: await t.createKeyId(), Tags: tags({ "aws:key1": "value1" }) };
    await t.match("invalid-tag-key", "TagResource", input);
  },
  "TestKMS::test_key_with_long_tag_value_raises_error": async (t) => {
    await t.match("too-long-tag-value", "CreateKey", { Tags: tags({ tag1: "v".repeat(257) }) });
  },
  "TestKMS::test_get_key_in_different_region": async (t) => {
    const there = { region: SECOND_REGION };
    const key = await t.createKey({ Description: "test key 123" }, there);
    const byId = { KeyId: text(key, "KeyId") };
    const byArn = { KeyId: text(key, "Arn") };
    await t.match("describe-key-diff-region-with-id", "DescribeKey", byId);
    await t.match("describe-key-diff-region-with-arn", "DescribeKey", byArn);
    await t.match("describe-key-same-specific-region-with-id", "DescribeKey", byId, there);
    await t.match("describe-key-same-specific-region-with-arn", "DescribeKey", byArn, there);
  },
  "TestKMS::test_get_key_does_not_exist": async (t) => {
    const key = await t.createKey();
    const arn = text(key, "Arn").replace(text(key, "KeyId"), UNKNOWN_ID);
    await t.match("describe-nonexistent-key-with-id", "DescribeKey", { KeyId: UNKNOWN_ID });
    await t.match("describe-nonexistent-with-arn", "DescribeKey", { KeyId: arn });
    await t.match("describe-key-with-valid-id-mrk", "DescribeKey", { KeyId: UNKNOWN_MULTI_REGION_ID });
  },
  "TestKMS::test_get_key_invalid_uuid": async (t) => {
    const wrong = ["fake-key-id", UNKNOWN_ID.replaceAll("-", ""), "mrk-fake-key-id"];
    const labels = ["uuid", "uuid-2", "uuid-mrk"];
    for (const [at, KeyId] of wrong.entries())
      await t.match(`describe-key-with-invalid-${labels[at]}`, "DescribeKey", { KeyId });
  },
  "TestKMS::test_create_multi_region_key": async (t) => {
    const key = await t.createKey({ MultiRegion: true, Description: "test multi region key" });
    t.expect(text(key, "KeyId").startsWith("mrk-"), "the id of a multi-Region key starts with mrk-");
    t.check("create_multi_region_key", key);
  },
  "TestKMS::test_non_multi_region_keys_should_not_have_multi_region_properties": async (t) => {
    const key = await t.createKey({ MultiRegion: false, Description: "test non multi region key" });
    t.check("non_multi_region_keys_should_not_have_multi_region_properties", key);
  },
  "TestKMS::test_replicate_key": async (t) => {
    const there = { region: SECOND_REGION };
    const KeyId = await t.createKeyId({ MultiRegion: true, Description: "test replicated key" });
    await t.match("describe-key-from-different-region", "DescribeKey", { KeyId }, there);
    await t.match("replicate-key", "ReplicateKey", { KeyId, ReplicaRegion: SECOND_REGION });
    await t.match("describe-key-from-region", "DescribeKey", { KeyId });
    await t.match("describe-replicated-key", "DescribeKey", { KeyId }, there);
  },
  "TestKMS::test_replicate_replica_key_should_fail": async (t) => {
    const there = { region: SECOND_REGION };
    const KeyId = await t.createKeyId({ MultiRegion: true });
    await t.run("ReplicateKey", { KeyId, ReplicaRegion: SECOND_REGION });
    await t.match(
      "fail-replicate-non-primary-key",
      "ReplicateKey",
      { KeyId, ReplicaRegion: SECOND_REGION },
      there,
    );
  },
  "TestKMS::test_describe_with_alias_arn": async (t) => {
    const key = await t.createKey({ Description: "test - description" });
    t.check("created-key", key);
    const AliasName = `alias/${text(key, "KeyId").slice(0, 8)}`;
    await t.run("CreateAlias", { AliasName, TargetKeyId: text(key, "KeyId") });
    const arn = text(key, "Arn").replace(`key/${text(key, "KeyId")}`, AliasName);
    await t.match("describe-key", "DescribeKey", { KeyId: arn });
  },
  "TestKMS::test_hmac_create_key": async (t) => {
    const key = await t.createKey({
      Description: "test key",
      KeySpec: "HMAC_256",
      KeyUsage: "GENERATE_VERIFY_MAC",
    });
    t.check("create-hmac-key", key);
    t.check("describe-key", (await t.run("DescribeKey", { KeyId: text(key, "KeyId") }))["KeyMetadata"]);
  },
  "TestKMS::test_hmac_create_key_invalid_operations": async (t) => {
    await t.match("create-hmac-key-without-key-usage", "CreateKey", { KeySpec: "HMAC_256" });
    await t.match("create-hmac-key-invalid-spec", "CreateKey", { KeySpec: "HMAC_random" });
    const input = { KeySpec: "HMAC_256", KeyUsage: "RANDOM" };
    await t.match("create-hmac-key-invalid-key-usage", "CreateKey", input);
  },
  "TestKMS::test_key_enable_rotation_status": async (t, parameter) => {
    const KeyId = await t.createKeyId();
    await t.run("EnableKeyRotation", { KeyId, RotationPeriodInDays: Number(parameter) });
    await t.match("match_response", "GetKeyRotationStatus", { KeyId });
  },
  "TestKMS::test_key_rotation_updates_current_key_material_id_for_aws_symmetric_keys": async (t) => {
    const KeyId = await t.createKeyId({ ...SYMMETRIC, Description: "test-key" });
    await t.match("describe-key-before-rotation", "DescribeKey", { KeyId });
    await t.run("RotateKeyOnDemand", { KeyId });
    await t.match("describe-key-after-rotation", "DescribeKey", { KeyId });
  },
  "TestKMS::test_key_rotations_limits": async (t) => {
    const KeyId = await t.createKeyId(SYMMETRIC);
    // AWS allowed ten when this was recorded, and allows 25 today.
    for (let i = 0; i < 25; i += 1) await t.run("RotateKeyOnDemand", { KeyId });
    await t.match("error-response", "RotateKeyOnDemand", { KeyId });
  },
  "TestKMS::test_rotate_on_demand_returns_arn_for_key_id": async (t) => {
    const key = await t.createKey(SYMMETRIC);
    const answer = await t.match("rotate-on-demand-aws-key", "RotateKeyOnDemand", {
      KeyId: text(key, "KeyId"),
    });
    t.expect(text(answer, "KeyId") === text(key, "Arn"), "RotateKeyOnDemand answers with the ARN");
  },
  "TestKMS::test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_disabled": async (t) => {
    const KeyId = await t.createKeyId();
    await t.match("rotate-on-demand-response", "RotateKeyOnDemand", { KeyId });
    await t.match("rotation-status-response-after-rotation", "GetKeyRotationStatus", { KeyId });
  },
  "TestKMS::test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_enabled": async (t) => {
    const KeyId = await t.createKeyId();
    await t.run("EnableKeyRotation", { KeyId });
    const before = await t.run("GetKeyRotationStatus", { KeyId });
    await t.match("rotate-on-demand-response", "RotateKeyOnDemand", { KeyId });
    const after = await t.match("rotation-status-response-after-rotation", "GetKeyRotationStatus", { KeyId });
    t.expect(before["NextRotationDate"] === after["NextRotationDate"], "the schedule stays as it was");
  },
  "TestKMS::test_rotate_key_on_demand_raises_error_given_key_is_disabled": async (t) => {
    const KeyId = await t.createKeyId({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_4096" });
    await t.run("DisableKey", { KeyId });
    await t.match("error-response", "RotateKeyOnDemand", { KeyId });
  },
  "TestKMS::test_rotate_key_on_demand_raises_error_given_key_that_does_not_exist": async (t) => {
    await t.match("error-response", "RotateKeyOnDemand", { KeyId: "1234abcd-12ab-34cd-56ef-1234567890ab" });
  },
  "TestKMS::test_rotate_key_on_demand_raises_error_given_non_symmetric_key": async (t) => {
    const KeyId = await t.createKeyId({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_4096" });
    await t.match("error-response", "RotateKeyOnDemand", { KeyId });
  },
};

import type { Scenario, Scenarios } from "../scenario.ts";
import { sorted, text } from "../scenario.ts";

const CLASS = "test_s3_api.py::TestS3BucketObjectTagging::";
const tags = (
  ...pairs: readonly (readonly [string | undefined, string | undefined])[]
): { Tagging: object } => ({
  Tagging: { TagSet: pairs.map(([Key, Value]) => ({ Key, Value })) },
});

async function exceptions(t: Scenario): Promise<void> {
  const gone = { Bucket: `fake-bucket-${Date.now()}`, Key: "fake-key" };
  const Key = "fake-key";
  await t.match("get-no-bucket-tags", "GetObjectTagging", gone);
  await t.match("delete-no-bucket-tags", "DeleteObjectTagging", gone);
  await t.match("put-no-bucket-tags", "PutObjectTagging", { ...gone, ...tags() });
  await t.match("get-no-key-tags", "GetObjectTagging", { Key });
  await t.match("delete-no-key-tags", "DeleteObjectTagging", { Key });
  await t.match("put-no-key-tags", "PutObjectTagging", { Key, ...tags() });
  await t.match("put-obj-duplicate-tagging", "PutObject", { Key, Body: "", Tagging: "key1=val1&key1=val2" });
  await t.match("put-obj-wrong-format", "PutObject", { Key, Body: "", Tagging: "key1=val1,key2=val2" });
}

async function versioned(t: Scenario): Promise<void> {
  const Key = "test-version-tagging";
  await t.setVersioning("Enabled");
  const first = text(
    await t.match("put-obj-0", "PutObject", { Key, Body: "test-0", Tagging: "test_tag=tagv1" }),
    "VersionId",
  );
  await t.match("put-obj-1", "PutObject", { Key, Body: "test-1" });
  const previous = { Key, VersionId: first };
  const one = tags(["tag1", "tag1"]);
  await t.match("put-object-tags-current-version", "PutObjectTagging", { Key, ...tags(["tag3", "tag3"]) });
  await t.match("get-object-tags-current-version", "GetObjectTagging", { Key });
  await t.match("get-object-tags-previous-version", "GetObjectTagging", previous);
  await t.match("put-object-tags-previous-version", "PutObjectTagging", { ...previous, ...one });
  await t.match("get-object-tags-previous-version-again", "GetObjectTagging", previous);
  await t.s3("DeleteObjectTagging", { Key });
  await t.match("get-object-tags-deleted-current", "GetObjectTagging", { Key });
  await t.s3("DeleteObjectTagging", previous);
  await t.match("get-object-tags-previous-version-deleted", "GetObjectTagging", { Key });
  const marker = {
    Key,
    VersionId: text(await t.match("put-delete-marker", "DeleteObject", { Key }), "VersionId"),
  };
  await t.match("put-object-tags-delete-marker-id", "PutObjectTagging", { ...marker, ...one });
  await t.match("get-object-tags-delete-marker-id", "GetObjectTagging", marker);
  await t.match("delete-object-tags-delete-marker-id", "DeleteObjectTagging", marker);
  await t.match("put-object-tags-delete-marker-latest", "PutObjectTagging", { Key, ...one });
  await t.match("get-object-tags-delete-marker-latest", "GetObjectTagging", { Key });
  await t.match("delete-object-tags-delete-marker-latest", "DeleteObjectTagging", { Key });
}

async function validation(t: Scenario): Promise<void> {
  const Key = "tagging-validation";
  await t.s3("PutObject", { Key, Body: "" });
  const cases = {
    "duplicate-keys": tags(["Key1", "Val1"], ["Key1", "Val1"]),
    "invalid-key": tags(["Key1,Key2", "Val1"]),
    "none-key": tags([undefined, "Val1"]),
    "invalid-value": tags(["Key1", "Val1,Val2"]),
    "none-value": tags(["key1", undefined]),
    "aws-prefixed": tags(["aws:prefixed", "Val1"]),
  };
  for (const [name, input] of Object.entries(cases)) {
    await t.match(`put-bucket-tags-${name}`, "PutBucketTagging", input);
    if (name === "invalid-value") continue;
    await t.match(`put-object-tags-${name.replace("invalid-key", "invalid-field")}`, "PutObjectTagging", {
      Key,
      ...input,
    });
  }
}

const withTags = async (t: Scenario, label: string, Key: string): Promise<void> =>
  t.check(label, sorted(await t.attempt("GetObjectTagging", { Key }), "TagSet", "Key"));

/** Tags of objects. */
export const TAGGING: Scenarios = {
  [`${CLASS}test_object_tagging_crud`]: async (t) => {
    const Key = "test-object-tagging";
    await t.match("put-object", "PutObject", { Key, Body: "test-tagging" });
    await t.match("get-object-tags-empty", "GetObjectTagging", { Key });
    await t.match("put-object-tags", "PutObjectTagging", { Key, ...tags(["tag1", "tag1"], ["tag2", ""]) });
    await t.match("get-object-tags", "GetObjectTagging", { Key });
    await t.match("put-object-tags-overwrite", "PutObjectTagging", { Key, ...tags(["tag3", "tag3"]) });
    await t.match("get-object-tags-overwritten", "GetObjectTagging", { Key });
    await t.match("get-obj-after-tags", "GetObject", { Key });
    await t.match("delete-object-tags", "DeleteObjectTagging", { Key });
    await t.match("get-object-tags-deleted", "GetObjectTagging", { Key });
    await t.match("get-obj-after-tags-deleted", "GetObject", { Key });
  },
  [`${CLASS}test_object_tagging_exc`]: exceptions,
  [`${CLASS}test_object_tagging_versioned`]: versioned,
  [`${CLASS}test_put_object_with_tags`]: async (t) => {
    const Key = "test-put-object-tagging";
    await t.match("put-object", "PutObject", {
      Key,
      Body: "test-tagging",
      Tagging: "tag1=tag1&tag2=tag2&tag=",
    });
    await withTags(t, "get-object-tags", Key);
    await t.match("put-object-tags", "PutObjectTagging", { Key, ...tags(["tag3", "tag3"]) });
    await t.match("get-object-tags-override", "GetObjectTagging", { Key });
    await t.match("head-obj", "HeadObject", { Key });
    await t.match("get-obj", "GetObject", { Key });
    await t.s3("PutObject", { Key, Body: "", Tagging: "wrongquery&wrongagain" });
    await withTags(t, "get-object-tags-wrong-format-qs", Key);
    await t.s3("PutObject", { Key, Body: "", Tagging: "key1&&&key2" });
    await t.match("get-object-tags-wrong-format-qs-2", "GetObjectTagging", { Key });
  },
  [`${CLASS}test_head_object_with_tags`]: async (t) => {
    const Key = "test-put-object-tagging";
    await t.match("put-object", "PutObject", {
      Key,
      Body: "test-tagging",
      Tagging: "tag1=tag1&tag2=tag2&tag=",
    });
    await t.match("head-obj-after-create", "HeadObject", { Key });
    await t.match("put-object-tags", "PutObjectTagging", { Key, ...tags(["tag3", "tag3"]) });
    await t.match("head-obj-after-tagging", "HeadObject", { Key });
    await t.s3("PutObjectTagging", { Key, ...tags(["tag3", "tag3"], ["tag4", "tag4"], ["tag5", "tag5"]) });
    await t.match("head-obj-after-overwrite", "HeadObject", { Key });
    await t.s3("PutObjectTagging", { Key, ...tags() });
    await t.match("head-obj-after-removal", "HeadObject", { Key });
  },
  [`${CLASS}test_object_tags_delete_or_overwrite_object`]: async (t) => {
    const Key = "test-put-object-tagging-kept";
    await t.s3("PutObject", { Key, Body: "create", Tagging: "tag1=val1" });
    await t.match("get-object-after-creation", "GetObjectTagging", { Key });
    await t.s3("PutObject", { Key, Body: "overwrite" });
    await t.match("get-object-after-overwrite", "GetObjectTagging", { Key });
    await t.s3("PutObjectTagging", { Key, ...tags(["tag3", "tag3"]) });
    await t.s3("DeleteObject", { Key });
    await t.s3("PutObject", { Key, Body: "recreate" });
    await t.match("get-object-after-recreation", "GetObjectTagging", { Key });
  },
  [`${CLASS}test_tagging_validation`]: validation,
};

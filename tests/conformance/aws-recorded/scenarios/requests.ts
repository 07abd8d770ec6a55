import type { Scenario, Scenarios } from "../scenario.ts";
import { entries, sorted, text } from "../scenario.ts";

const CLASS = "test_s3.py::TestS3::";
const DAY_MS = 86_400_000;
const LOREM = "Lorem ipsum dolor sit amet, ... ".repeat(30);

async function readPreconditions(t: Scenario, method: string): Promise<void> {
  const operation = method === "get_object" ? "GetObject" : "HeadObject";
  const Key = "test-object";
  const tag = text(await t.s3("PutObject", { Key, Body: "data" }), "ETag");
  const lastModified = (await t.s3("HeadObject", { Key }))["LastModified"];
  await t.sleep(3_000);
  const now = new Date();
  const yesterday = new Date(now.getTime() - DAY_MS);
  const read = (label: string, conditions: object): Promise<unknown> =>
    t.match(label, operation, { Key, ...conditions });
  const since = { IfModifiedSince: now };
  await read("precondition-if-match", {
    ...since,
    IfUnmodifiedSince: yesterday,
    IfMatch: "etag123",
    IfNoneMatch: tag,
  });
  await read("precondition-if-unmodified-since", {
    ...since,
    IfUnmodifiedSince: yesterday,
    IfNoneMatch: tag,
  });
  await read("precondition-if-none-match", { ...since, IfNoneMatch: tag });
  await read("copy-precondition-if-modified-since", since);
  await read("obj-ignore-future-modified-since", { IfModifiedSince: new Date(now.getTime() + DAY_MS) });
  await read("etag-missing-quotes", { ...since, IfNoneMatch: tag.replaceAll('"', "") });
  await read("precondition-if-unmodified-since-is-object", { IfUnmodifiedSince: lastModified });
  await read("precondition-if-modified-since-is-object", { IfModifiedSince: lastModified });
  const bare = tag.replaceAll('"', "");
  await read("obj-success", {
    IfMatch: bare,
    IfNoneMatch: "etag123",
    IfModifiedSince: yesterday,
    IfUnmodifiedSince: now,
  });
}

async function beforeAndAfterVersioning(t: Scenario): Promise<void> {
  const [early, versioned, late] = [
    "non-version-bucket-key",
    "versioned-bucket-key",
    "non-version-bucket-key-after-disable",
  ];
  await t.match("put-pre-versioned", "PutObject", { Key: early, Body: "non-versioned-key" });
  await t.match("get-pre-versioned", "GetObject", { Key: early });
  await t.match("list-object-pre-versioned", "ListObjectVersions");
  await t.setVersioning("Enabled");
  await t.match("get-post-versioned", "GetObject", { Key: early });
  await t.match("put-obj-versioned-1", "PutObject", { Key: versioned, Body: "versioned-key" });
  await t.match("put-obj-versioned-2", "PutObject", { Key: versioned, Body: "versioned-key-updated" });
  await t.match("get-obj-versioned", "GetObject", { Key: versioned });
  await t.match("list-object-versioned", "ListObjectVersions");
  await t.setVersioning("Suspended");
  await t.match("list-bucket-suspended", "ListObjectVersions");
  await t.match("get-obj-versioned-disabled", "GetObject", { Key: versioned });
  await t.match("get-obj-non-versioned-disabled", "GetObject", { Key: early });
  await t.match("put-non-versioned-post-disable", "PutObject", { Key: late, Body: "non-versioned-key-post" });
  await t.match("get-non-versioned-post-disable", "GetObject", { Key: late });
}

async function deleteInVersionedBucket(t: Scenario): Promise<void> {
  const Key = "test-key-versioned";
  const remove = (label: string, Objects: readonly object[]): Promise<unknown> =>
    t.match(label, "DeleteObjects", { Delete: { Objects } });
  await t.setVersioning("Enabled");
  await t.s3("PutObject", { Key, Body: "something" });
  await t.s3("PutObject", { Key, Body: "something-v2" });
  await t.match("list-objects-v2", "ListObjectsV2");
  await remove("delete-object", [{ Key }]);
  const listed = await t.match("list-object-version", "ListObjectVersions");
  const versions = entries(listed, "Versions").map(({ VersionId }) => ({ Key, VersionId }));
  const removed = await t.attempt("DeleteObjects", { Delete: { Objects: versions } });
  // The order of the answer is left to chance; the recorded one is the reverse of what was asked.
  t.check("delete-object-version", { ...removed, Deleted: entries(removed, "Deleted").toReversed() });
  await t.match("list-objects-v2-after-delete", "ListObjectsV2");
  const left = await t.match("list-object-version-after-delete", "ListObjectVersions");
  await remove("delete-object-delete-marker", [
    { Key, VersionId: entries(left, "DeleteMarkers")[0]?.["VersionId"] },
  ]);
}

const KEYS: Scenarios = {
  [`${CLASS}test_put_get_object_special_character`]: async (t, Key) => {
    await t.match("put-object-special-char", "PutObject", { Key, Body: "test" });
    await t.match("list-object-special-char", "ListObjectsV2");
    await t.match("get-object-special-char", "GetObject", { Key });
    await t.match("del-object-special-char", "DeleteObject", { Key });
  },
  [`${CLASS}test_put_get_object_single_character_trailing_slash`]: async (t) => {
    for (const Key of ["a/", "t/", "u/"]) {
      await t.match(`put-object-single-char-${Key}`, "PutObject", { Key, Body: "test" });
      await t.match(`get-object-single-char-${Key}`, "GetObject", { Key });
    }
    await t.match("list-objects-single-char", "ListObjectsV2");
  },
  [`${CLASS}test_put_and_get_object_with_utf8_key`]: async (t) => {
    await t.match("put-object", "PutObject", { Key: "Ā0Ä", Body: "abc123" });
    await t.matchConsumed("get-object", { Key: "Ā0Ä" });
  },
  [`${CLASS}test_put_and_get_object_with_hash_prefix`]: async (t) => {
    await t.match("put-object", "PutObject", { Key: "#key-with-hash-prefix", Body: "test 123" });
    await t.matchConsumed("get-object", { Key: "#key-with-hash-prefix" });
  },
  [`${CLASS}test_object_with_slashes_in_key`]: async (t) => {
    const bodies = { "/foo": "foobar", bar: "barfoo", "/bar/foo/": "test" };
    for (const [Key, Body] of Object.entries(bodies)) await t.s3("PutObject", { Key, Body });
    await t.match("list-objects-slashes", "ListObjectsV2");
    for (const Key of ["foo", "//foo", "/bar"])
      t.expect("Error" in (await t.attempt("GetObject", { Key })), `${Key} must not be there`);
    for (const [Key, Body] of Object.entries(bodies))
      t.expect((await t.s3("GetObject", { Key }))["Body"] === Body, `${Key} must hold its own bytes`);
  },
  [`${CLASS}test_url_encoded_key`]: async (t) => {
    const bodies = {
      "test@key/": "test-non-encoded",
      "test%40key/": "test-encoded",
      "test%40key": "test-encoded-no-trailing",
    };
    for (const [Key, Body] of Object.entries(bodies)) await t.s3("PutObject", { Key, Body });
    for (const [Key, Body] of Object.entries(bodies))
      t.expect((await t.s3("GetObject", { Key }))["Body"] === Body, `${Key} must hold its own bytes`);
    await t.match("list-object-encoded-char", "ListObjectsV2");
  },
  [`${CLASS}test_putobject_with_multiple_keys`]: async (t) => {
    await t.s3("PutObject", { Key: "aws/key1/key2/key3", Body: "test" });
    await t.match("get_object", "GetObject", { Key: "aws/key1/key2/key3" });
  },
  [`${CLASS}test_s3_uppercase_key_names`]: async (t) => {
    await t.s3("PutObject", { Key: "camelCaseKey", Body: "something" });
    await t.match("response", "GetObject", { Key: "camelCaseKey" });
    await t.match("wrong-case-key", "GetObject", { Key: "camelcasekey" });
  },
  [`${CLASS}test_delete_objects_encoding`]: async (t) => {
    const keys = ["a%2Fb", "a/%F0%9F%98%80"];
    await t.s3("PutObject", { Key: keys[0], Body: "percent encoding" });
    await t.s3("PutObject", { Key: keys[1], Body: "percent encoded emoji" });
    await t.match("list-objects-before-delete", "ListObjectsV2");
    const Objects = keys.map((Key) => ({ Key }));
    t.check(
      "deleted-resp",
      sorted(await t.attempt("DeleteObjects", { Delete: { Objects } }), "Deleted", "Key"),
    );
    await t.match("list-objects", "ListObjectsV2");
  },
};

const READS: Scenarios = {
  [`${CLASS}test_s3_get_object_preconditions`]: readPreconditions,
  [`${CLASS}test_precondition_failed_error`]: async (t) => {
    await t.s3("PutObject", { Key: "foo", Body: '{"foo": "bar"}' });
    await t.match("get-object-if-match", "GetObject", { Key: "foo", IfMatch: '"not good etag"' });
  },
  [`${CLASS}test_invalid_range_error`]: async (t) => {
    await t.s3("PutObject", { Key: "my-key", Body: "abcdefgh" });
    await t.match("exc", "GetObject", { Key: "my-key", Range: "bytes=1024-4096" });
  },
  [`${CLASS}test_range_key_not_exists`]: async (t) => {
    await t.match("exc", "GetObject", { Key: "my-key", Range: "bytes=1024-4096" });
  },
  [`${CLASS}test_head_object_fields`]: async (t) => {
    await t.s3("PutObject", { Key: "my-key", Body: "abcdefgh" });
    await t.match("head-object", "HeadObject", { Key: "my-key" });
    await t.match("head-object-404", "HeadObject", { Key: "doesnotexist" });
  },
  [`${CLASS}test_metadata_header_character_decoding`]: async (t) => {
    const Key = "key-with-metadata";
    await t.s3("PutObject", { Key, Metadata: { TEST_META_1: "foo", __meta_2: "bar" }, Body: "foo" });
    await t.match("head-object", "HeadObject", { Key });
  },
  [`${CLASS}test_etag_on_get_object_call`]: async (t) => {
    await t.s3("PutObject", { Key: "my-key", Body: LOREM });
    await t.match("get_object", "GetObject", { Key: "my-key" });
    await t.match("get_object_range", "GetObject", { Key: "my-key", Range: "bytes=0-16" });
  },
  [`${CLASS}test_get_object_no_such_bucket`]: async (t) => {
    await t.match("expected_error", "GetObject", { Bucket: `does-not-exist-${Date.now()}`, Key: "foobar" });
  },
  [`${CLASS}test_get_object_after_deleted_in_versioned_bucket`]: async (t) => {
    await t.setVersioning("Enabled");
    await t.s3("PutObject", { Key: "my-key", Body: "abcdefgh" });
    await t.match("get-object", "GetObject", { Key: "my-key" });
    await t.s3("DeleteObject", { Key: "my-key" });
    await t.match("get-object-after-delete", "GetObject", { Key: "my-key" });
  },
  [`${CLASS}test_get_object_attributes_versioned`]: async (t) => {
    const Key = "key-attrs-versioned";
    const attributes = ["StorageClass", "ETag", "ObjectSize"];
    const all = { Key, ObjectAttributes: [...attributes, "ObjectParts", "Checksum"] };
    await t.setVersioning("Enabled");
    const VersionId = text(await t.match("put-obj-v1", "PutObject", { Key, Body: "69\n420\n" }), "VersionId");
    await t.match("put-obj-v2", "PutObject", { Key, Body: "version 2" });
    await t.match("object-attrs", "GetObjectAttributes", all);
    await t.match("delete-key", "DeleteObject", { Key });
    await t.match("deleted-object-attrs", "GetObjectAttributes", { Key, ObjectAttributes: attributes });
    await t.match("get-object-attrs-v1", "GetObjectAttributes", {
      Key,
      VersionId,
      ObjectAttributes: attributes,
    });
  },
  [`${CLASS}test_s3_get_object_header_overrides`]: async (t) => {
    const Key = "key-header-overrides";
    await t.s3("PutObject", { Key, Body: "something" });
    await t.match("get-object", "GetObject", {
      Key,
      ResponseCacheControl: "max-age=74",
      ResponseContentDisposition: 'attachment; filename="foo.jpg"',
      ResponseContentEncoding: "identity",
      ResponseContentLanguage: "de-DE",
      ResponseContentType: "image/jpeg",
      ResponseExpires: new Date("Wed, 21 Oct 2015 07:28:00 GMT"),
    });
  },
  [`${CLASS}test_put_object_storage_class`]: async (t, parameter) => {
    const Key = "test-put-object-storage-class";
    await t.s3("PutObject", { Key, Body: "body-test", StorageClass: parameter.split("-")[0] });
    const attributes = { Key, ObjectAttributes: ["StorageClass"] };
    await t.match("get-object-storage-class", "GetObjectAttributes", attributes);
    await t.match("get-object", "GetObject", { Key });
  },
  [`${CLASS}test_put_object_storage_class_outposts`]: async (t) => {
    const outposts = { StorageClass: "OUTPOSTS" };
    const put = { Key: "test-put-object-storage-class", Body: "body-test", ...outposts };
    await t.match("put-object-outposts", "PutObject", put);
    const create = { Key: "test-multipart-storage-class", ...outposts };
    await t.match("create-multipart-outposts-exc", "CreateMultipartUpload", create);
  },
};

const DELETIONS: Scenarios = {
  [`${CLASS}test_delete_keys_in_versioned_bucket`]: deleteInVersionedBucket,
  [`${CLASS}test_s3_put_object_versioned`]: beforeAndAfterVersioning,
  [`${CLASS}test_delete_non_existing_keys_quiet`]: async (t) => {
    await t.s3("PutObject", { Key: "test-key-nonexistent", Body: "something" });
    const Objects = [{ Key: "test-key-nonexistent" }, { Key: "dummy1" }, { Key: "dummy2" }];
    await t.match("deleted-resp", "DeleteObjects", { Delete: { Objects, Quiet: true } });
  },
  [`${CLASS}test_delete_non_existing_keys`]: async (t) => {
    await t.s3("PutObject", { Key: "test-key-nonexistent", Body: "something" });
    const Objects = [{ Key: "test-key-nonexistent" }, { Key: "dummy1" }, { Key: "dummy2" }];
    t.check(
      "deleted-resp",
      sorted(await t.attempt("DeleteObjects", { Delete: { Objects } }), "Deleted", "Key"),
    );
  },
  [`${CLASS}test_delete_non_existing_keys_in_non_existing_bucket`]: async (t) => {
    const Bucket = `non-existent-bucket-${Date.now()}`;
    const Delete = { Objects: [{ Key: "dummy1" }, { Key: "dummy2" }] };
    await t.match("error-non-existent-bucket", "DeleteObjects", { Bucket, Delete });
  },
  [`${CLASS}test_delete_bucket_no_such_bucket`]: async (t) => {
    await t.match("expected_error", "DeleteBucket", { Bucket: "does-not-exist-localstack-test" });
  },
  [`${CLASS}test_delete_object_tagging`]: async (t) => {
    await t.s3("PutObject", { Key: "test-key-tagging", Body: "something" });
    await t.match("get-obj", "GetObject", { Key: "test-key-tagging" });
    await t.s3("DeleteObjectTagging", { Key: "test-key-tagging" });
    await t.match("get-obj-after-tag-deletion", "GetObject", { Key: "test-key-tagging" });
  },
  [`${CLASS}test_put_object_tagging_empty_list`]: async (t) => {
    const Key = "my-key";
    const TagSet = [
      { Key: "tag1", Value: "tag1" },
      { Key: "tag2", Value: "" },
    ];
    await t.s3("PutObject", { Key, Body: "abcdefgh" });
    await t.match("created-object-tags", "GetObjectTagging", { Key });
    await t.s3("PutObjectTagging", { Key, Tagging: { TagSet } });
    await t.match("updated-object-tags", "GetObjectTagging", { Key });
    await t.s3("PutObjectTagging", { Key, Tagging: { TagSet: [] } });
    await t.match("deleted-object-tags", "GetObjectTagging", { Key });
  },
  [`${CLASS}test_get_bucket_versioning_order`]: async (t) => {
    await t.match("list_object_versions_before", "ListObjectVersions", { EncodingType: "url" });
    const VersioningConfiguration = { Status: "Enabled" };
    await t.match("put_bucket_versioning", "PutBucketVersioning", { VersioningConfiguration });
    await t.match("get_bucket_versioning", "GetBucketVersioning");
    for (const Key of ["test", "test", "test2"]) await t.s3("PutObject", { Key, Body: "body" });
    await t.match("list_object_versions", "ListObjectVersions");
  },
  [`${CLASS}test_s3_delete_object_with_version_id`]: async (t) => {
    const [first, second] = ["aws/s3/testkey1.txt", "aws/s3/testkey2.txt"];
    await t.setVersioning("Enabled");
    await t.match("get_bucket_versioning", "GetBucketVersioning");
    const VersionId = text(await t.s3("PutObject", { Key: first, Body: LOREM }), "VersionId");
    await t.s3("PutObject", { Key: second, Body: LOREM });
    await t.match("delete_objects", "DeleteObjects", { Delete: { Objects: [{ Key: first, VersionId }] } });
    await t.match("list_object_versions_after_delete", "ListObjectVersions");
    await t.setVersioning("Suspended");
    await t.match("get_bucket_versioning_suspended", "GetBucketVersioning");
  },
  [`${CLASS}test_s3_batch_delete_objects`]: async (t) => {
    const Objects = Array.from({ length: 5 }, (_, i) => ({ Key: `key-batch-delete-${i}` }));
    for (const { Key } of Objects) await t.s3("PutObject", { Key, Body: "This body document" });
    t.check(
      "batch-delete",
      sorted(await t.attempt("DeleteObjects", { Delete: { Objects } }), "Deleted", "Key"),
    );
    await t.match("list-remaining-objects", "ListObjects");
  },
};

/** Keys, reads and deletions. */
export const REQUESTS: Scenarios = { ...KEYS, ...READS, ...DELETIONS };

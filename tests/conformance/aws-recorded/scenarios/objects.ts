import { header, type Scenario, type Scenarios, sorted, text } from "../scenario.ts";

const NEVER_A_VERSION = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD";
const CLASS = "test_s3_api.py::TestS3ObjectCRUD::";

async function deleteVersioned(t: Scenario): Promise<void> {
  const Key = "test-delete";
  await t.setVersioning("Enabled");
  const version = text(await t.match("put-object", "PutObject", { Key, Body: "test-delete" }), "VersionId");
  const marker = text(await t.match("delete-object", "DeleteObject", { Key }), "VersionId");
  const gone = await t.match("get-deleted-object", "GetObject", { Key });
  t.expect(header(gone, "x-amz-delete-marker") === "true", "a delete marker must be named in the headers");
  t.expect(header(gone, "x-amz-version-id") === marker, "the delete marker's version must be in the headers");
  await t.match("get-object-with-version", "GetObject", { Key, VersionId: version });
  const refused = await t.match("get-delete-marker", "GetObject", { Key, VersionId: marker });
  t.expect(header(refused, "x-amz-delete-marker") === "true", "405 must name the delete marker");
  t.expect(header(refused, "allow") === "DELETE", "405 must allow DELETE");
  await t.match("delete-object-2", "DeleteObject", { Key });
  await t.match("list-object-versions", "ListObjectVersions", { Prefix: Key });
  await t.match("delete-delete-marker", "DeleteObject", { Key, VersionId: marker });
  await t.match("delete-object-version", "DeleteObject", { Key, VersionId: version });
  const unknown = await t.match("get-deleted-object-with-version", "GetObject", { Key, VersionId: version });
  t.expect(
    header(unknown, "x-amz-delete-marker") === undefined,
    "404 of a version must name no delete marker",
  );
  await t.match("delete-with-bad-version", "DeleteObject", { Key, VersionId: `${version.slice(0, -4)}ABCD` });
  await t.match("delete-wrong-key", "DeleteObject", { Key: "wrong-key" });
}

async function deleteManyVersioned(t: Scenario): Promise<void> {
  const Key = "test-delete";
  const remove = async (label: string, ...Objects: object[]): Promise<Record<string, unknown>> => {
    const answer = await t.attempt("DeleteObjects", { Delete: { Objects } });
    const ordered = sorted(answer, "Deleted", "Key");
    const lists = Object.entries(sorted(ordered, "Errors", "Key")).filter(
      ([name]) => name in answer || name === "ResponseMetadata",
    );
    t.check(label, Object.fromEntries(lists));
    return answer;
  };
  await t.setVersioning("Enabled");
  const version = text(await t.match("put-object", "PutObject", { Key, Body: "test-delete" }), "VersionId");
  await remove("delete-objects-no-version-id", { Key }, { Key: "wrongkey" }, { Key: "wrongkey-x" });
  const listed = await t.s3("ListObjectVersions", { Prefix: Key });
  const markers = listed["DeleteMarkers"];
  const marker: unknown = Array.isArray(markers) ? Reflect.get(Object(markers[0]), "VersionId") : undefined;
  await remove("delete-objects-marker", { Key, VersionId: marker });
  const unknown = { VersionId: NEVER_A_VERSION };
  await remove("delete-objects-wrong-version-id", { Key, ...unknown }, { Key: "wrong-key-2", ...unknown });
  await remove("delete-objects-version-id", { Key, VersionId: version });
}

const RANGES = {
  "get-0-8": "bytes=0-8",
  "get-0-8-checksum": "bytes=0-8",
  "get-1-1": "bytes=1-1",
  "get-1-0": "bytes=1-0",
  "get-1-": "bytes=1-",
  "get--1-": "bytes=-1-",
  "get--2": "bytes=-2",
  "get--9": "bytes=-9",
  "get--15": "bytes=-15",
  "get-0-100": "bytes=0-100",
  "get-0-0": "bytes=0-0",
  "get-0--1": "bytes=0--1",
  "get-multiple-ranges": "bytes=0-1,3-4,7-9",
  "get-wrong-format": "0-1",
  "get--": "bytes=-",
  "get--0": "bytes=-0",
  "get-100-200": "bytes=100-200",
} as const;

/** Objects, their versions and their deletion. */
export const OBJECTS: Scenarios = {
  "test_s3_api.py::TestS3BucketCRUD::test_delete_bucket_with_objects": async (t) => {
    await t.s3("PutObject", { Key: "test-delete", Body: "test-delete" });
    await t.match("delete-with-obj", "DeleteBucket");
    await t.match("delete-obj", "DeleteObject", { Key: "test-delete" });
    await t.match("delete-bucket", "DeleteBucket");
  },
  "test_s3_api.py::TestS3BucketCRUD::test_delete_versioned_bucket_with_objects": async (t) => {
    const Key = "test-delete-versioned";
    await t.setVersioning("Enabled");
    const version = text(await t.s3("PutObject", { Key, Body: "test-delete" }), "VersionId");
    const marker = text(await t.s3("DeleteObject", { Key }), "VersionId");
    await t.match("delete-with-obj-and-delete-marker", "DeleteBucket");
    await t.match("delete-obj-by-version", "DeleteObject", { Key, VersionId: version });
    await t.match("delete-with-only-delete-marker", "DeleteBucket");
    await t.match("delete-marker-by-version", "DeleteObject", { Key, VersionId: marker });
    await t.match("success-delete-bucket", "DeleteBucket");
  },
  [`${CLASS}test_delete_object`]: async (t) => {
    const Key = "test-delete";
    await t.match("put-object", "PutObject", { Key, Body: "test-delete" });
    await t.match("delete-object", "DeleteObject", { Key });
    await t.match("delete-nonexistent-object", "DeleteObject", { Key });
    await t.match("delete-nonexistent-object-versionid", "DeleteObject", { Key, VersionId: NEVER_A_VERSION });
  },
  [`${CLASS}test_delete_objects`]: async (t) => {
    const Key = "test-delete";
    await t.match("put-object", "PutObject", { Key, Body: "test-delete" });
    const unknown = { Objects: [{ Key, VersionId: NEVER_A_VERSION }] };
    await t.match("delete-object-wrong-version-id", "DeleteObjects", { Delete: unknown });
    const Objects = [{ Key }, { Key: "c-wrong-key" }, { Key: "a-wrong-key" }];
    t.check(
      "delete-objects",
      sorted(await t.attempt("DeleteObjects", { Delete: { Objects } }), "Deleted", "Key"),
    );
  },
  [`${CLASS}test_delete_object_versioned`]: deleteVersioned,
  [`${CLASS}test_delete_objects_versioned`]: deleteManyVersioned,
  [`${CLASS}test_get_object_with_version_unversioned_bucket`]: async (t) => {
    const Key = "test-version";
    await t.match("put-object", "PutObject", { Key, Body: "test-version" });
    await t.match("get-obj-with-version", "GetObject", { Key, VersionId: NEVER_A_VERSION });
    await t.match("get-obj-with-null-version", "GetObject", { Key, VersionId: "null" });
  },
  [`${CLASS}test_put_object_on_suspended_bucket`]: async (t) => {
    const Key = "test-version";
    await t.setVersioning("Enabled");
    for (const i of [0, 1, 2])
      await t.match(`put-object-${i}`, "PutObject", { Key, Body: `test-version-${i}` });
    await t.match("list-enabled", "ListObjectVersions");
    await t.setVersioning("Suspended");
    await t.match("list-suspended", "ListObjectVersions");
    await t.match("put-object-suspended", "PutObject", { Key, Body: "test-version-suspended" });
    await t.match("list-suspended-after-put", "ListObjectVersions");
    await t.match("put-object-suspended-overwrite", "PutObject", { Key, Body: "test-version-suspended" });
    await t.match("list-suspended-after-overwrite", "ListObjectVersions");
    await t.match("get-object-current", "GetObject", { Key });
  },
  [`${CLASS}test_delete_object_on_suspended_bucket`]: async (t) => {
    const Key = "test-delete-suspended";
    await t.setVersioning("Enabled");
    for (const i of [0, 1]) await t.match(`put-object-${i}`, "PutObject", { Key, Body: `test-version-${i}` });
    await t.setVersioning("Suspended");
    await t.match("list-suspended", "ListObjectVersions");
    await t.match("delete-object-no-version", "DeleteObject", { Key });
    await t.match("list-suspended-delete", "ListObjectVersions");
    await t.match("put-object-suspended", "PutObject", { Key, Body: "test-version-suspended-after-delete" });
    await t.match("list-suspended-put", "ListObjectVersions");
    await t.match("delete-object-no-version-after-put", "DeleteObject", { Key });
    await t.match("list-suspended-after-put", "ListObjectVersions");
  },
  [`${CLASS}test_list_object_versions_order_unversioned`]: async (t) => {
    await t.match("list-empty", "ListObjectVersions");
    await t.match("put-object", "PutObject", { Key: "a-test-object-1", Body: "test-object-1" });
    await t.match("put-object-3", "PutObject", { Key: "c-test-object-3", Body: "test-object-3" });
    await t.match("put-object-2", "PutObject", { Key: "b-test-object-2", Body: "test-object-2" });
    await t.match("list-object-versions", "ListObjectVersions");
  },
  [`${CLASS}test_get_object_range`]: async (t) => {
    const Key = "test-key-range";
    await t.s3("PutObject", { Key, Body: "0123456789" });
    for (const [label, Range] of Object.entries(RANGES)) await t.match(label, "GetObject", { Key, Range });
    await t.match("put-after-failed", "PutObject", { Key, Body: "01234567890123456789" });
  },
  "test_s3_api.py::TestS3BucketVersioning::test_bucket_versioning_crud": async (t) => {
    const put = (label: string, VersioningConfiguration: object): Promise<unknown> =>
      t.match(label, "PutBucketVersioning", { VersioningConfiguration });
    const Bucket = `myrandombucket-${Date.now()}`;
    await t.match("get-versioning-before", "GetBucketVersioning");
    await put("put-versioning-suspended-before", { Status: "Suspended" });
    await t.match("get-versioning-after-suspended", "GetBucketVersioning");
    await put("put-versioning-enabled-lowercase", { Status: "enabled" });
    await put("put-versioning-enabled-capitalized", { Status: "Enabled" });
    await t.match("get-versioning-after-enabled", "GetBucketVersioning");
    await put("put-versioning-suspended-after", { Status: "Suspended" });
    await put("put-versioning-disabled", { Status: "Disabled" });
    await put("put-versioning-empty", {});
    const VersioningConfiguration = { Status: "Suspended" };
    await t.match("put-versioning-no-bucket", "PutBucketVersioning", { Bucket, VersioningConfiguration });
    await t.match("get-versioning-no-bucket", "GetBucketVersioning", { Bucket });
  },
  "test_s3_api.py::TestS3BucketVersioning::test_object_version_id_format": async (t) => {
    await t.setVersioning("Enabled");
    const version = text(await t.match("put-object", "PutObject", { Key: "test-version-id" }), "VersionId");
    t.expect(/^[A-Za-z0-9._]{32}$/.test(version), `a version id is 32 letters, digits, dots: ${version}`);
  },
};

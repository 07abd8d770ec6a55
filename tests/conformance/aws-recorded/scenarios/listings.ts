import type { Scenario, Scenarios } from "../scenario.ts";
import { entries, text } from "../scenario.ts";

const FILE = "test_s3_list_operations.py::";
const V1 = `${FILE}TestS3ListObjects::`;
const V2 = `${FILE}TestS3ListObjectsV2::`;
const VERSIONS = `${FILE}TestS3ListObjectVersions::`;
const FOLDER = ["folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"];
const FOO_BAR = ["test/foo/bar/123", "test/foo/bar/456", "test/bar/foo/123"];
const url = { EncodingType: "url" };

async function putAll(
  t: Scenario,
  keys: readonly string[],
  Body: string | undefined = "content 123",
): Promise<void> {
  for (const Key of keys) await t.s3("PutObject", Body === "" ? { Key } : { Key, Body });
}

/** Pages of one entry through a folder, by whatever marker the operation returns. */
const folderPages =
  (operation: string, label: string, all: string, returned: string, sent: string) =>
  async (t: Scenario): Promise<void> => {
    const page = { Prefix: "folder/", Delimiter: "/", MaxKeys: 1 };
    if (operation === "ListObjectVersions") await t.setVersioning("Enabled");
    await putAll(t, FOLDER);
    await t.match(all, operation);
    const first = await t.match(`${label}-start`, operation, page);
    const second = await t.match(`${label}-next-1`, operation, { ...page, [sent]: text(first, returned) });
    await t.match(`${label}-end`, operation, { ...page, [sent]: text(second, returned) });
    if (operation === "ListObjectsV2") return;
    await t.match(`${label}-manual-first-file`, operation, { ...page, [sent]: "folder/aSubfolder/subFile1" });
  };

const OBJECT_LISTINGS: Scenarios = {
  [`${V1}test_list_objects_with_prefix`]: async (t, Delimiter) => {
    await putAll(t, ["test/foo/bar/123"]);
    await t.match("list-objects", "ListObjects", { Prefix: "test/", Delimiter, MaxKeys: 1, ...url });
    if (Delimiter === "%2F") await t.matchXml("list-objects-no-encoding", { prefix: "test", delimiter: "/" });
  },
  [`${V1}test_list_objects_next_marker`]: async (t) => {
    await putAll(t, ["test_0", "test_1", "test_2"]);
    await t.match("list-objects-all", "ListObjects");
    const page = await t.match("list-objects-max-1", "ListObjects", { MaxKeys: 1, Delimiter: "/" });
    await t.match("list-objects-rest", "ListObjects", { Marker: text(page, "NextMarker"), MaxKeys: 1 });
    await t.match("list-objects-marker-empty", "ListObjects", { Marker: "", MaxKeys: 1 });
  },
  [`${V1}test_s3_list_objects_empty_marker`]: async (t) => {
    await t.match("list-objects", "ListObjects", { Marker: "" });
  },
  [`${V1}test_list_objects_marker_common_prefixes`]: folderPages(
    "ListObjects",
    "list-objects",
    "list-objects-all-keys",
    "NextMarker",
    "Marker",
  ),
  [`${V2}test_list_objects_v2_with_prefix`]: async (t) => {
    await putAll(t, FOO_BAR);
    for (const [i, Prefix] of ["test/", "test/foo", "test/foo/bar"].entries())
      await t.match(`list-objects-v2-${i + 1}`, "ListObjectsV2", { Prefix, ...url });
    await t.matchXml("list-objects-v2-no-encoding", { "list-type": "2", prefix: "test/foo" });
  },
  [`${V2}test_list_objects_v2_with_prefix_and_delimiter`]: async (t) => {
    const list = (label: string, Prefix: string, more: object = {}): Promise<unknown> =>
      t.match(label, "ListObjectsV2", { Prefix, Delimiter: "/", ...url, ...more });
    await putAll(t, FOO_BAR);
    await list("list-objects-v2-1", "test/");
    await list("list-objects-v2-1-with-max-keys", "test/", { MaxKeys: 1 });
    await list("list-objects-v2-2", "test/foo");
    await list("list-objects-v2-3", "test/foo/bar");
  },
  [`${V2}test_list_objects_v2_continuation_start_after`]: async (t) => {
    await putAll(
      t,
      Array.from({ length: 12 }, (_, i) => `test_${i}`),
    );
    const page = await t.match("list-objects-v2-max-5", "ListObjectsV2", { MaxKeys: 5 });
    const ContinuationToken = text(page, "NextContinuationToken");
    await t.match("list-objects-v2-rest", "ListObjectsV2", { ContinuationToken });
    await t.match("list-objects-start-after", "ListObjectsV2", { StartAfter: "test_7", MaxKeys: 2 });
    await t.match("list-objects-start-after-token", "ListObjectsV2", {
      StartAfter: "test_7",
      ContinuationToken,
    });
    await t.match("exc-continuation-token", "ListObjectsV2", { ContinuationToken: "" });
  },
  [`${V2}test_list_objects_v2_continuation_common_prefixes`]: folderPages(
    "ListObjectsV2",
    "list-objects-v2",
    "list-objects-v2-all-keys",
    "NextContinuationToken",
    "ContinuationToken",
  ),
  [`${V2}test_list_ops_encoding_type_validation`]: async (t, name) => {
    const operation = name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (operation === "ListObjectVersions") await t.setVersioning("Enabled");
    await t.match(`${name}-error-wrong-value`, operation, { EncodingType: "value" });
    await t.match(`${name}-error-empty-value`, operation, { EncodingType: "" });
  },
};

async function versionMarkers(t: Scenario): Promise<void> {
  const keys = ["test_0", "test_1", "test_2"];
  const versions: string[] = [];
  const put = async (Key: string, Body: string): Promise<void> => {
    versions.push(text(await t.s3("PutObject", { Key, Body }), "VersionId"));
  };
  const list = (label: string, input: object): Promise<Readonly<Record<string, unknown>>> =>
    t.match(label, "ListObjectVersions", { ...input });
  await t.setVersioning("Enabled");
  for (const Key of keys) await put(Key, "version 1");
  await put("test_2", "version 2");
  for (const Key of keys) versions.push(text(await t.s3("DeleteObject", { Key }), "VersionId"));
  for (const Key of ["test_0", "test_1"]) await put(Key, "version 2");
  t.check("version-order", { Versions: versions.map((VersionId) => ({ VersionId })) });
  await list("list-objects-versions-all", {});
  const page = await list("list-objects-versions-5", { MaxKeys: 5 });
  const KeyMarker = text(page, "NextKeyMarker");
  const VersionIdMarker = text(page, "NextVersionIdMarker");
  await list("list-objects-next-key-only", { MaxKeys: 1, KeyMarker });
  await list("list-objects-next-key-last", { MaxKeys: 1, KeyMarker: "test_2" });
  await list("list-objects-next-version-only", { MaxKeys: 1, VersionIdMarker });
  await list("list-objects-both-markers", { MaxKeys: 1, KeyMarker, VersionIdMarker });
  await list("list-objects-last-key-last-version", {
    MaxKeys: 1,
    KeyMarker: "test_2",
    VersionIdMarker: versions[3],
  });
  await list("list-objects-next-key-empty", { MaxKeys: 1, KeyMarker: "" });
}

async function versionPages(t: Scenario): Promise<void> {
  const list = (label: string, input: object): Promise<Readonly<Record<string, unknown>>> =>
    t.match(label, "ListObjectVersions", { Prefix: "prefix", ...input });
  await t.setVersioning("Enabled");
  await putAll(t, [...Array.from({ length: 5 }, () => "prefixed_key"), "non_prefixed_key"], "");
  await list("list-object-version-prefix-full", {});
  const page = await list("list-object-version-prefix-page-1", { MaxKeys: 3 });
  const KeyMarker = text(page, "NextKeyMarker");
  const next = { MaxKeys: 5, KeyMarker, VersionIdMarker: text(page, "NextVersionIdMarker") };
  await list("list-object-version-prefix-key-marker-only", { MaxKeys: 4, KeyMarker });
  await list("list-object-version-prefix-page-2", next);
  const Objects = entries(page, "Versions").map(({ Key, VersionId }) => ({ Key, VersionId }));
  await t.s3("DeleteObjects", { Delete: { Objects } });
  await list("list-object-version-prefix-page-2-after-delete", next);
}

const VERSION_LISTINGS: Scenarios = {
  [`${VERSIONS}test_list_objects_versions_markers`]: versionMarkers,
  [`${VERSIONS}test_list_object_versions_pagination_common_prefixes`]: folderPages(
    "ListObjectVersions",
    "list-object-versions",
    "list-object-versions-all-keys",
    "NextKeyMarker",
    "KeyMarker",
  ),
  [`${VERSIONS}test_list_objects_versions_with_prefix`]: async (t) => {
    await t.setVersioning("Enabled");
    await t.s3("PutObject", { Key: "dir/test", Body: "content key1-v1" });
    await t.s3("PutObject", { Key: "dir/test", Body: "content key-1v2" });
    await t.s3("PutObject", { Key: "dir/subdir/test2", Body: "content key2-v1" });
    await t.s3("PutObject", { Key: "dir/subdir/test2", Body: "content key2-v2" });
    const prefixes = ["dir/", "dir/s", "dir/test", "dir/subdir", "dir/subdir/", "dir/subdir/test2"];
    for (const [i, Prefix] of prefixes.entries())
      await t.match(`list-object-version-${i + 1}`, "ListObjectVersions", { Prefix, Delimiter: "/" });
    const query = { versions: "", prefix: "dir/subdir", delimiter: "/" };
    await t.matchXml("list-objects-versions-no-encoding", query);
  },
  [`${VERSIONS}test_list_objects_versions_with_prefix_only_and_pagination`]: versionPages,
};

const BUCKET_LISTINGS: Scenarios = {
  [`${FILE}TestS3ListBuckets::test_list_buckets_with_max_buckets`]: async (t) => {
    await t.createBucket();
    await t.match("list-objects-with-max-buckets", "ListBuckets", { MaxBuckets: 1 });
  },
  [`${FILE}TestS3ListBuckets::test_list_buckets_when_continuation_token_is_empty`]: async (t) => {
    await t.createBucket();
    const input = { ContinuationToken: "", MaxBuckets: 1 };
    await t.match("list-objects-with-empty-continuation-token", "ListBuckets", input);
  },
  [`${FILE}TestS3ListBuckets::test_list_buckets_with_continuation_token`]: async (t) => {
    await t.createBucket();
    await t.createBucket();
    const first = await t.s3("ListBuckets", { MaxBuckets: 1 });
    const input = { MaxBuckets: 1, ContinuationToken: text(first, "ContinuationToken") };
    await t.match("list-objects-with-continuation", "ListBuckets", input);
  },
  [`${FILE}TestS3ListBuckets::test_list_buckets_by_prefix_with_case_sensitivity`]: async (t) => {
    await t.match("list-objects-by-prefix-empty", "ListBuckets", { Prefix: t.bucket.toUpperCase() });
    await t.match("list-objects-by-prefix-not-empty", "ListBuckets", { Prefix: t.bucket });
  },
  [`${FILE}TestS3ListBuckets::test_list_buckets_region_validation`]: async (t) => {
    await t.match("bad-region", "ListBuckets", { BucketRegion: "eu-east-1" });
  },
};

/** Pages of buckets, objects and versions. */
export const LISTINGS: Scenarios = { ...OBJECT_LISTINGS, ...VERSION_LISTINGS, ...BUCKET_LISTINGS };

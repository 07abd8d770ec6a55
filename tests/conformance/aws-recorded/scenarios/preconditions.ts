import type { Answer } from "../answer.ts";
import type { Scenario, Scenarios } from "../scenario.ts";
import { text } from "../scenario.ts";

const CLASS = "test_s3_api.py::TestS3ObjectWritePrecondition::";
const DELETE = "test_s3_api.py::TestS3DeletePrecondition::";
const Key = "test-precondition";
const DAY_MS = 86_400_000;

/** An upload with one part; `complete` tries to complete it under a precondition. */
async function upload(
  t: Scenario,
  label: string | null,
): Promise<(label: string, condition: object) => Promise<Answer>> {
  const created =
    label === null
      ? await t.s3("CreateMultipartUpload", { Key })
      : await t.match(label, "CreateMultipartUpload", { Key });
  const UploadId = text(created, "UploadId");
  const part = await t.s3("UploadPart", { Key, UploadId, Body: "test", PartNumber: 1 });
  const MultipartUpload = { Parts: [{ ETag: text(part, "ETag"), PartNumber: 1 }] };
  return (under, condition) =>
    t.match(under, "CompleteMultipartUpload", { Key, UploadId, MultipartUpload, ...condition });
}

const putTag = async (t: Scenario, label: string, Body: string): Promise<string> =>
  text(await t.match(label, "PutObject", { Key, Body }), "ETag");

const copier =
  (t: Scenario) =>
  (label: string, condition: object, to = "dest-object"): Promise<Answer> =>
    t.match(label, "CopyObject", { CopySource: `${t.bucket}/source-object`, Key: to, ...condition });

const putSource = (t: Scenario): Promise<Answer> =>
  t.s3("PutObject", { Key: "source-object", Body: "source content" });
const noneExists = { IfNoneMatch: "*" };

const WRITES: Scenarios = {
  [`${CLASS}test_put_object_if_none_match`]: async (t) => {
    await t.match("put-obj", "PutObject", { Key, ...noneExists });
    await t.match("put-obj-if-none-match", "PutObject", { Key, ...noneExists });
    await t.match("del-obj", "DeleteObject", { Key });
    await t.match("put-obj-after-del", "PutObject", { Key, ...noneExists });
  },
  [`${CLASS}test_put_object_if_none_match_validation`]: async (t) => {
    const IfNoneMatch = text(await t.match("put-obj", "PutObject", { Key }), "ETag");
    await t.match("put-obj-if-none-match-bad-value", "PutObject", { Key, IfNoneMatch });
  },
  [`${CLASS}test_put_object_if_none_match_versioned_bucket`]: async (t) => {
    await t.setVersioning("Enabled");
    await t.match("put-obj", "PutObject", { Key, ...noneExists });
    await t.match("put-obj-if-none-match", "PutObject", { Key, ...noneExists });
    await t.match("del-obj", "DeleteObject", { Key });
    await t.match("put-obj-after-del", "PutObject", { Key, ...noneExists });
    await t.match("list-object-versions", "ListObjectVersions");
  },
  [`${CLASS}test_put_object_if_match`]: async (t) => {
    const IfMatch = await putTag(t, "put-obj", "test");
    await t.match("put-obj-if-match-wrong-etag", "PutObject", {
      Key,
      IfMatch: "d41d8cd98f00b204e9800998ecf8427e",
    });
    await t.match("put-obj-overwrite", "PutObject", { Key, IfMatch });
    await t.match("del-obj", "DeleteObject", { Key });
    await t.match("put-obj-if-match-key-not-exists", "PutObject", { Key, IfMatch });
    await t.match("put-obj-after-del", "PutObject", { Key });
  },
  [`${CLASS}test_put_object_if_match_validation`]: async (t) => {
    const named = { Key: "test-precondition-validation" };
    await t.match("put-obj-if-match-star-value", "PutObject", { ...named, IfMatch: "*" });
    await t.match("put-obj-if-match-bad-value", "PutObject", { ...named, IfMatch: "abcdef" });
    await t.match("put-obj-if-match-bad-value-2", "PutObject", { ...named, IfMatch: "bad-char_/" });
  },
  [`${CLASS}test_put_object_if_match_versioned_bucket`]: async (t) => {
    await t.setVersioning("Enabled");
    const first = await putTag(t, "put-obj", "test");
    await t.match("put-obj-if-none-match-bad-value", "PutObject", { Key, IfMatch: "abcdef" });
    await t.match("del-obj", "DeleteObject", { Key });
    await t.match("put-obj-after-del-exc", "PutObject", { Key, IfMatch: first });
    const IfMatch = await putTag(t, "put-obj-after-del", "test-after-del");
    await t.match("put-obj-if-match", "PutObject", { Key, Body: "test-if-match", IfMatch });
    await t.match("list-object-versions", "ListObjectVersions");
  },
  [`${CLASS}test_put_object_if_match_and_if_none_match_validation`]: async (t) => {
    const both = { Key: "test-precondition-validation", ...noneExists, IfMatch: "abcdef" };
    await t.match("put-obj-both-precondition", "PutObject", both);
  },
};

const UPLOADS: Scenarios = {
  [`${CLASS}test_multipart_if_none_match_with_delete`]: async (t) => {
    await t.match("put-obj", "PutObject", { Key, ...noneExists });
    const complete = await upload(t, "create-multipart");
    await complete("complete-multipart-if-none-match", noneExists);
    await t.match("del-obj", "DeleteObject", { Key });
    await complete("complete-multipart-after-del", noneExists);
    await (await upload(t, null))("complete-multipart-after-del-restart", noneExists);
  },
  [`${CLASS}test_multipart_if_none_match_with_put`]: async (t) => {
    const complete = await upload(t, "create-multipart");
    await t.match("put-obj", "PutObject", { Key, ...noneExists });
    await complete("complete-multipart-if-none-match-put-during", noneExists);
  },
  [`${CLASS}test_multipart_if_match_with_put`]: async (t) => {
    const first = await putTag(t, "put-obj", "test");
    const complete = await upload(t, "create-multipart");
    const IfMatch = await putTag(t, "put-obj-during", "test2");
    await complete("complete-multipart-if-match-put-before", { IfMatch: first });
    await complete("complete-multipart-if-match-put-during", { IfMatch });
    await (await upload(t, "create-multipart-again"))("complete-multipart-if-match-put-before-restart", {
      IfMatch,
    });
  },
  [`${CLASS}test_multipart_if_match_with_put_identical`]: async (t) => {
    await t.match("put-obj", "PutObject", { Key, Body: "test" });
    const complete = await upload(t, "create-multipart");
    const IfMatch = await putTag(t, "put-obj-during", "test");
    await complete("complete-multipart-if-match-put-during", { IfMatch });
    await (await upload(t, "create-multipart-again"))("complete-multipart-if-match-put-before-restart", {
      IfMatch,
    });
  },
  [`${CLASS}test_multipart_if_match_with_delete`]: async (t) => {
    const first = await putTag(t, "put-obj", "test");
    const complete = await upload(t, "create-multipart");
    await t.match("del-obj", "DeleteObject", { Key });
    await complete("complete-multipart-after-del", { IfMatch: first });
    await complete("complete-multipart-if-match-after-put", {
      IfMatch: await putTag(t, "put-obj-2", "test"),
    });
  },
  [`${CLASS}test_multipart_if_match_etag`]: async (t) => {
    const plain = await putTag(t, "put-obj", "test");
    const done = await (await upload(t, "create-multipart"))("complete-multipart-if-match", {
      IfMatch: plain,
    });
    const complete = await upload(t, "create-multipart-overwrite");
    await complete("complete-multipart-if-match-true-etag", { IfMatch: plain });
    await complete("complete-multipart-if-match-overwrite-multipart", { IfMatch: text(done, "ETag") });
  },
};

const COPIES: Scenarios = {
  [`${CLASS}test_copy_object_if_none_match`]: async (t) => {
    await putSource(t);
    await copier(t)("copy-obj", noneExists);
    await copier(t)("copy-obj-if-none-match-fail", noneExists);
  },
  [`${CLASS}test_copy_object_if_match`]: async (t) => {
    await putSource(t);
    const IfMatch = text(await t.s3("PutObject", { Key: "dest-object", Body: "initial content" }), "ETag");
    await copier(t)("copy-obj-if-match", { IfMatch });
    await copier(t)("copy-obj-if-match-fail-wrong-etag", { IfMatch: '"wrong-etag"' });
    await copier(t)("copy-obj-if-match-fail-no-object", { IfMatch }, "non-existent-key");
  },
  [`${CLASS}test_copy_object_if_none_match_versioned_bucket`]: async (t) => {
    await t.setVersioning("Enabled");
    await putSource(t);
    await copier(t)("copy-obj", noneExists);
    await copier(t)("copy-obj-if-none-match-fail", noneExists);
    await t.match("del-obj", "DeleteObject", { Key: "dest-object" });
    await copier(t)("copy-obj-after-del", noneExists);
    await t.match("list-object-versions", "ListObjectVersions");
  },
  [`${CLASS}test_copy_object_if_match_versioned_bucket`]: async (t) => {
    const to = "dest-object";
    await t.setVersioning("Enabled");
    await putSource(t);
    const first = text(await t.match("put-obj", "PutObject", { Key: to, Body: "initial content" }), "ETag");
    await copier(t)("copy-obj-if-match-wrong-etag", { IfMatch: '"wrong-etag"' });
    await t.match("del-obj", "DeleteObject", { Key: to });
    await copier(t)("copy-obj-after-del-exc", { IfMatch: first });
    const second = await t.match("put-obj-after-del", "PutObject", {
      Key: to,
      Body: "new content after delete",
    });
    await copier(t)("copy-obj-if-match", { IfMatch: text(second, "ETag") });
    await t.match("list-object-versions", "ListObjectVersions");
  },
  [`${CLASS}test_copy_object_precondition_write_validation`]: async (t) => {
    const IfNoneMatch = text(await putSource(t), "ETag");
    await copier(t)("copy-obj-none-match-etag", { IfNoneMatch });
    await copier(t)("copy-obj-if-match-star", { IfMatch: "*" });
    await copier(t)("copy-obj-both", { IfMatch: "*", IfNoneMatch });
  },
  [`${CLASS}test_copy_object_if_none_match_in_place`]: async (t) => {
    await putSource(t);
    await copier(t)(
      "copy-obj-if-none-match-fail",
      { ...noneExists, StorageClass: "STANDARD" },
      "source-object",
    );
  },
  [`${CLASS}test_copy_object_if_match_in_place`]: async (t) => {
    const IfMatch = text(await putSource(t), "ETag");
    await copier(t)("copy-obj-if-match-in-place", { IfMatch, StorageClass: "STANDARD" }, "source-object");
  },
};

const deletion =
  (label: string, condition: () => object) =>
  async (t: Scenario): Promise<void> => {
    await t.s3("PutObject", { Key });
    await t.match(label, "DeleteObject", { Key, ...condition() });
  };
const yesterday = (): { IfMatchLastModifiedTime: Date } => ({
  IfMatchLastModifiedTime: new Date(Date.now() - DAY_MS),
});

/** Preconditions on writes, completions, copies and deletions. */
export const PRECONDITIONS: Scenarios = {
  ...WRITES,
  ...UPLOADS,
  ...COPIES,
  [`${DELETE}test_delete_object_if_match_non_express`]: deletion("delete-obj-if-match", () => ({
    IfMatch: "badvalue",
  })),
  [`${DELETE}test_delete_object_if_match_modified_non_express`]: deletion(
    "delete-obj-if-match-last-modified",
    yesterday,
  ),
  [`${DELETE}test_delete_object_if_match_size_non_express`]: deletion("delete-obj-if-match-size", () => ({
    IfMatchSize: 10,
  })),
  [`${DELETE}test_delete_object_if_match_all_non_express`]: deletion("delete-obj-if-match-all", () => ({
    IfMatchSize: 10,
    IfMatch: "badvalue",
    ...yesterday(),
  })),
};

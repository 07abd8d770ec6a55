import type { Scenario, Scenarios } from "../scenario.ts";
import { text } from "../scenario.ts";

const CLASS = "test_s3_api.py::TestS3Multipart::test_upload_part_copy_";
const DAY_MS = 86_400_000;
const at = (offsetMs: number): Date => new Date(Date.now() + offsetMs);

const WRONG_RANGES = ["1-0", "-1-", "0--1", "0-1,3-4,7-9", "-", "-0", "0-100", "100-200", "1-", "-2", "-15"];

async function ranges(t: Scenario): Promise<void> {
  const Key = "test-upload-part-copy";
  await t.match("put-src-object", "PutObject", { Key: "src-key", Body: "0123456789" });
  const UploadId = text(await t.match("create-multipart", "CreateMultipartUpload", { Key }), "UploadId");
  const copy = (label: string, PartNumber: number, CopySourceRange: string): Promise<unknown> =>
    t.match(label, "UploadPartCopy", {
      UploadId,
      Key,
      PartNumber,
      CopySource: `${t.bucket}/src-key`,
      CopySourceRange,
    });
  for (const [i, range] of ["0-8", "1-1", "0-0"].entries())
    await copy(`upload-part-copy-${i + 1}`, i + 1, `bytes=${range}`);
  await t.match("list-parts", "ListParts", { Key, UploadId });
  await copy("upload-part-copy-wrong-format", 1, "0-8");
  for (const range of WRONG_RANGES) await copy(`upload-part-copy-range-exc-${range}`, 1, `bytes=${range}`);
}

/** One part copied under a condition on the source; its list of parts afterwards when the copy is to succeed. */
const conditional =
  (label: string, condition: (sourceTag: string) => object, succeeds: boolean, waitMs = 0) =>
  async (t: Scenario): Promise<void> => {
    const Key = "destination_file.txt";
    const source = await t.s3("PutObject", { Key: "source_file.txt", Body: "0123456789" });
    const UploadId = text(await t.s3("CreateMultipartUpload", { Key }), "UploadId");
    await t.sleep(waitMs);
    const input = { UploadId, Key, PartNumber: 1, CopySource: `${t.bucket}/source_file.txt` };
    await t.match(label, "UploadPartCopy", { ...input, ...condition(text(source, "ETag")) });
    if (succeeds) await t.match("list-parts", "ListParts", { Key, UploadId });
  };

/** Parts copied from other objects. */
export const PART_COPIES: Scenarios = {
  [`${CLASS}range`]: ranges,
  [`${CLASS}no_copy_source_range`]: async (t) => {
    const Key = "test-upload-part-copy";
    await t.match("put-src-object", "PutObject", { Key: "src-key", Body: "0123456789" });
    const UploadId = text(await t.match("create-multipart", "CreateMultipartUpload", { Key }), "UploadId");
    const input = { UploadId, Key, PartNumber: 1, CopySource: `${t.bucket}/src-key` };
    await t.match("upload-part-copy", "UploadPartCopy", input);
    await t.match("list-parts", "ListParts", { Key, UploadId });
  },
  [`${CLASS}with_copy_source_if_match_success`]: conditional(
    "upload-part-copy-if-match",
    (CopySourceIfMatch) => ({ CopySourceIfMatch }),
    true,
  ),
  [`${CLASS}with_copy_source_if_match_none_success`]: conditional(
    "upload-part-copy-if-none-match",
    () => ({ CopySourceIfNoneMatch: "none-match" }),
    true,
  ),
  [`${CLASS}with_copy_source_if_unmodified_since_success`]: conditional(
    "upload-part-copy-if-unmodified-since",
    () => ({ CopySourceIfUnmodifiedSince: at(DAY_MS) }),
    true,
  ),
  [`${CLASS}with_copy_source_if_modified_since_success`]: conditional(
    "upload-part-copy-if-modified-since",
    () => ({ CopySourceIfModifiedSince: at(-DAY_MS) }),
    true,
  ),
  [`${CLASS}with_copy_source_if_modified_since_in_future_success`]: conditional(
    "upload-part-copy-if-modified-since-in-future",
    () => ({ CopySourceIfModifiedSince: at(DAY_MS) }),
    true,
  ),
  [`${CLASS}with_copy_source_if_match_failed`]: conditional(
    "upload-part-copy-source-if-match",
    () => ({ CopySourceIfMatch: "not-matching" }),
    false,
  ),
  [`${CLASS}with_copy_source_if_none_match_failed`]: conditional(
    "upload-part-copy-source-if-none-match",
    (CopySourceIfNoneMatch) => ({ CopySourceIfNoneMatch }),
    false,
  ),
  [`${CLASS}with_copy_source_if_unmodified_since_match_failed`]: conditional(
    "upload-part-copy-source-unmodified-since-match",
    () => ({ CopySourceIfUnmodifiedSince: at(-DAY_MS) }),
    false,
  ),
  [`${CLASS}with_copy_source_if_match_and_if_unmodified_since_match`]: conditional(
    "upload-part-copy",
    (CopySourceIfMatch) => ({ CopySourceIfMatch, CopySourceIfUnmodifiedSince: at(-DAY_MS) }),
    true,
  ),
  [`${CLASS}with_copy_source_if_none_match_and_if_unmodified_since_match_failed`]: conditional(
    "upload-part-copy-source-unmodified-since-and-if-none-match",
    () => ({ CopySourceIfNoneMatch: "not-matching", CopySourceIfUnmodifiedSince: at(-DAY_MS) }),
    false,
  ),
  [`${CLASS}with_if_modified_since_failed`]: conditional(
    "upload-part-copy-source-modified-since-match",
    () => ({ CopySourceIfModifiedSince: at(0) }),
    false,
    1_100,
  ),
};

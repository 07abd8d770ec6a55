import { createHash } from "node:crypto";
import type { Answer } from "../answer.ts";
import type { Scenario, Scenarios } from "../scenario.ts";
import { text } from "../scenario.ts";

const CLASS = "test_s3.py::TestS3::";
const MIN_PART_BYTES = 5 * 2 ** 20;
const PART_BYTES = MIN_PART_BYTES + 1;

const begin = async (t: Scenario, Key: string): Promise<string> =>
  text(await t.s3("CreateMultipartUpload", { Key }), "UploadId");

/** A whole upload of `count` parts with the same text; all but the last repeat it up to the least size of a part. */
async function upload(t: Scenario, Key: string, data: string, count: number): Promise<Answer> {
  const UploadId = await begin(t, Key);
  const long = data.repeat(Math.floor(MIN_PART_BYTES / data.length) + 1);
  const Parts: object[] = [];
  for (let PartNumber = 1; PartNumber <= count; PartNumber += 1) {
    const part = await t.s3("UploadPart", {
      Key,
      UploadId,
      PartNumber,
      Body: PartNumber < count ? long : data,
    });
    Parts.push({ ETag: text(part, "ETag"), PartNumber });
  }
  return t.attempt("CompleteMultipartUpload", { Key, UploadId, MultipartUpload: { Parts } });
}

async function uploadAndListParts(t: Scenario): Promise<void> {
  const Key = "test-list-parts";
  const UploadId = text(await t.match("create-multipart", "CreateMultipartUpload", { Key }), "UploadId");
  await t.match("list-part-after-created", "ListParts", { Key, UploadId });
  await t.match("list-all-uploads", "ListMultipartUploads");
  const input = { Key, UploadId, PartNumber: 1, Body: "upload-part-1".repeat(5) };
  const part = await t.match("upload-part", "UploadPart", input);
  await t.match("list-part-after-upload", "ListParts", { Key, UploadId });
  await t.match("list-all-uploads-after", "ListMultipartUploads");
  const MultipartUpload = { Parts: [{ ETag: text(part, "ETag"), PartNumber: 1 }] };
  await t.match("complete-multipart", "CompleteMultipartUpload", { Key, UploadId, MultipartUpload });
  await t.match("list-part-after-complete-exc", "ListParts", { Key, UploadId });
  await t.match("list-all-uploads-completed", "ListMultipartUploads");
  await t.match("head-multipart-checksum", "HeadObject", { Key, ChecksumMode: "ENABLED" });
  await t.match("get-multipart-checksum", "GetObject", { Key, ChecksumMode: "ENABLED" });
}

async function partsOrder(t: Scenario): Promise<void> {
  const parts = async (Key: string, UploadId: string, numbers: readonly number[]): Promise<object[]> => {
    const done: object[] = [];
    for (const PartNumber of numbers) {
      const part = await t.s3("UploadPart", {
        Key,
        UploadId,
        PartNumber,
        Body: Buffer.alloc(PART_BYTES, "a"),
      });
      done.push({ ETag: text(part, "ETag"), PartNumber });
    }
    return done;
  };
  const complete = (
    label: string,
    Key: string,
    UploadId: string,
    Parts: readonly object[],
  ): Promise<unknown> =>
    t.match(label, "CompleteMultipartUpload", { Key, UploadId, MultipartUpload: { Parts } });
  const first = { Key: "test-order-parts", UploadId: await begin(t, "test-order-parts") };
  const ordered = await parts(first.Key, first.UploadId, [1, 2, 3]);
  await t.match("upload-part-negative-part-number", "UploadPart", { ...first, PartNumber: -1 });
  await complete("complete-multipart-unordered", first.Key, first.UploadId, ordered.toReversed());
  await complete("complete-multipart-ordered", first.Key, first.UploadId, ordered);
  const second = { Key: "key-sequence-with-step-2", UploadId: await begin(t, "key-sequence-with-step-2") };
  const stepped = await parts(second.Key, second.UploadId, [2, 3, 4]);
  await complete("complete-multipart-with-step-2", second.Key, second.UploadId, stepped);
}

async function contentMd5(t: Scenario): Promise<void> {
  const Body = "something";
  const md5 = (content: string): string => createHash("md5").update(content).digest("base64");
  const wrong = ["__invalid__", "000", "not base64 encoded checksum", "MTIz", "dGVzdC1zdHJpbmc="];
  const put = (label: string, ContentMD5: string): Promise<unknown> =>
    t.match(label, "PutObject", { Key: "test-key", Body, ContentMD5 });
  for (const [i, value] of wrong.entries()) await put(`md5-error-${i}`, value);
  await put("md5-error-bad-digest", md5("something1"));
  await put("success-put-object-md5", md5(Body));
  const UploadId = await begin(t, "multi-key");
  const part = (label: string, ContentMD5: string): Promise<unknown> =>
    t.match(label, "UploadPart", { Key: "multi-key", UploadId, PartNumber: 1, Body, ContentMD5 });
  for (const [i, value] of wrong.entries()) await part(`upload-part-md5-error-${i}`, value);
  await part("upload-part-md5-bad-digest", md5("something1"));
  await part("success-upload-part-md5", md5(Body));
}

async function readParts(t: Scenario): Promise<void> {
  const Key = "test.file";
  const checked = { ChecksumMode: "ENABLED" };
  t.check("multipart-upload", await upload(t, Key, "test content 123", 2));
  await t.match("head-object-part", "HeadObject", { Key, PartNumber: 2 });
  await t.match("get-object-part", "GetObject", { Key, PartNumber: 2 });
  await t.match("get-object-part-with-checksum", "GetObject", { Key, PartNumber: 2, ...checked });
  await t.match("part-doesnt-exist", "GetObject", { Key, PartNumber: 10 });
  await t.match("part-with-range", "GetObject", { Key, PartNumber: 2, Range: "bytes=0-8" });
  await t.s3("PutObject", { Key: "key-no-part", Body: "test-123" });
  await t.match("part-no-multipart", "GetObject", { Key: "key-no-part", PartNumber: 2 });
  await t.match("get-obj-no-multipart", "GetObject", { Key: "key-no-part", PartNumber: 1, ...checked });
}

/** Uploads in parts. */
export const MULTIPART: Scenarios = {
  [`${CLASS}test_multipart_and_list_parts`]: uploadAndListParts,
  [`${CLASS}test_complete_multipart_parts_order`]: partsOrder,
  [`${CLASS}test_s3_invalid_content_md5`]: contentMd5,
  [`${CLASS}test_get_object_part`]: readParts,
  [`${CLASS}test_multipart_no_such_upload`]: async (t) => {
    const fake = { Key: "fake-key", UploadId: "fakeid" };
    await t.match("upload-exc", "UploadPart", { ...fake, PartNumber: 1, Body: "data" });
    await t.match("complete-exc", "CompleteMultipartUpload", fake);
    await t.match("abort-exc", "AbortMultipartUpload", fake);
  },
  [`${CLASS}test_multipart_complete_multipart_too_small`]: async (t) => {
    const Key = "test-upload-part-exc";
    const UploadId = await begin(t, Key);
    const Parts: object[] = [];
    for (const PartNumber of [1, 2]) {
      const part = await t.match(`upload-part${PartNumber}`, "UploadPart", {
        Key,
        UploadId,
        PartNumber,
        Body: "data",
      });
      Parts.push({ ETag: text(part, "ETag"), PartNumber });
    }
    await t.match("complete-exc-no-parts", "CompleteMultipartUpload", { Key, UploadId });
    await t.match("complete-exc-too-small", "CompleteMultipartUpload", {
      Key,
      UploadId,
      MultipartUpload: { Parts },
    });
  },
  [`${CLASS}test_multipart_complete_multipart_wrong_part`]: async (t) => {
    const Key = "test-upload-part-exc";
    const UploadId = await begin(t, Key);
    const ETag = text(await t.s3("UploadPart", { Key, UploadId, PartNumber: 1, Body: "data" }), "ETag");
    const complete = (label: string, part: object): Promise<unknown> =>
      t.match(label, "CompleteMultipartUpload", { Key, UploadId, MultipartUpload: { Parts: [part] } });
    await complete("complete-exc-wrong-part-number", { ETag, PartNumber: 2 });
    await complete("complete-exc-wrong-etag", { ETag: "d41d8cd98f00b204e9800998ecf8427e", PartNumber: 1 });
  },
  [`${CLASS}test_multipart_overwrite_key`]: async (t) => {
    await t.match("put-object", "PutObject", { Key: "test.file", Body: "test content 123" });
    t.check("multipart-upload", await upload(t, "test.file", "test content 123", 1));
  },
  [`${CLASS}test_multipart_copy_object_etag`]: async (t) => {
    const CopySource = `${t.bucket}/test.file`;
    t.check("multipart-upload", await upload(t, "test.file", "test content 123", 1));
    await t.match("copy-object", "CopyObject", { CopySource, Key: "copy.file" });
    const inPlace = { CopySource, Key: "test.file", MetadataDirective: "REPLACE" };
    await t.match("copy-object-in-place", "CopyObject", inPlace);
    await t.match("head-obj", "HeadObject", { Key: "test.file", ChecksumMode: "ENABLED" });
  },
  [`${CLASS}test_get_object_attributes`]: async (t) => {
    const attributes = (label: string, Key: string, fields: string, more: object = {}): Promise<unknown> =>
      t.match(label, "GetObjectAttributes", { Key, ObjectAttributes: fields.split(" "), ...more });
    const common = "StorageClass ETag ObjectSize";
    const data = "upload-part-1".repeat(5);
    await t.s3("PutObject", { Key: "data.txt", Body: "69\n420\n" });
    await attributes("object-attrs", "data.txt", `${common} ObjectParts Checksum`);
    await upload(t, "one-part", data, 1);
    await attributes("object-attrs-multiparts-1-part", "one-part", `${common} ObjectParts`);
    await upload(t, "two-parts", data, 2);
    await attributes("object-attrs-multiparts-2-parts", "two-parts", `${common} ObjectParts`, {
      MaxParts: 3,
    });
    await attributes("object-attrs-multiparts-2-parts-checksum", "two-parts", `${common} Checksum`, {
      MaxParts: 3,
    });
  },
};

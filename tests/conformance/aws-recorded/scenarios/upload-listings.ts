import type { Scenario, Scenarios } from "../scenario.ts";
import { text } from "../scenario.ts";

const FILE = "test_s3_list_operations.py::";
const UPLOADS = `${FILE}TestS3ListMultipartUploads::`;
const PARTS = `${FILE}TestS3ListParts::`;
const PART_BYTES = 5 * 2 ** 20 + 1;

const begin = async (t: Scenario, Key: string, more: object = {}): Promise<string> =>
  text(await t.s3("CreateMultipartUpload", { Key, ...more }), "UploadId");

async function uploadMarkers(t: Scenario): Promise<void> {
  const list = (label: string, input: object): Promise<Readonly<Record<string, unknown>>> =>
    t.match(label, "ListMultipartUploads", { ...input });
  await list("list-multiparts-empty", {});
  const ids: string[] = [];
  for (const Key of ["test_c", "test_b", "test_a", "test_a", "test_a"]) ids.push(await begin(t, Key));
  t.check("upload-ids-order", { UploadIds: ids.map((UploadId) => ({ UploadId })) });
  await list("list-multiparts-all", {});
  const page = await list("list-multiparts-max-1", { MaxUploads: 1 });
  const KeyMarker = text(page, "NextKeyMarker");
  const UploadIdMarker = text(page, "NextUploadIdMarker");
  await list("list-multiparts-next-key-only", { MaxUploads: 1, KeyMarker });
  await list("list-multiparts-next-key-last", { MaxUploads: 1, KeyMarker: "test_c" });
  await list("list-multiparts-next-upload-only", { MaxUploads: 1, UploadIdMarker });
  await list("list-multiparts-both-markers", { MaxUploads: 1, KeyMarker, UploadIdMarker });
  await list("list-multiparts-both-markers-2", { MaxUploads: 1, KeyMarker, UploadIdMarker: ids.at(-1) });
  const last = { MaxUploads: 1, KeyMarker: "test_b", UploadIdMarker: ids[1] };
  await list("list-multiparts-get-last-upload-no-truncate", last);
  await list("list-multiparts-wrong-id-for-key", { ...last, KeyMarker: "test_c" });
  await list("list-multiparts-next-key-empty", { MaxUploads: 1, KeyMarker: "" });
}

async function partsOfAnObject(t: Scenario): Promise<void> {
  const Key = "test-object-attrs-pagination";
  const UploadId = await begin(t, Key, { ChecksumAlgorithm: "SHA256" });
  const Parts: object[] = [];
  for (const PartNumber of [1, 2]) {
    const input = {
      Key,
      UploadId,
      PartNumber,
      Body: Buffer.alloc(PART_BYTES, "a"),
      ChecksumAlgorithm: "SHA256",
    };
    const part = await t.s3("UploadPart", input);
    Parts.push({ ETag: text(part, "ETag"), PartNumber, ChecksumSHA256: text(part, "ChecksumSHA256") });
  }
  const attributes = { Key, ObjectAttributes: ["ObjectParts"] };
  await t.match("list-parts", "ListParts", { Key, UploadId });
  await t.match("complete-mpu", "CompleteMultipartUpload", { Key, UploadId, MultipartUpload: { Parts } });
  const all = await t.match("get-object-attrs-all", "GetObjectAttributes", attributes);
  // The recorded test compares the first answer once more under this label.
  t.check("get-object-attrs-1", all);
  await t.s3("GetObjectAttributes", { ...attributes, MaxParts: 1 });
  const next = { ...attributes, MaxParts: 1 };
  await t.match("get-object-attrs-next", "GetObjectAttributes", { ...next, PartNumberMarker: "1" });
  await t.match("get-object-attrs-wrong-part", "GetObjectAttributes", { ...next, PartNumberMarker: "10" });
}

/** Pages of uploads and of parts. */
export const UPLOAD_LISTINGS: Scenarios = {
  [`${UPLOADS}test_list_multiparts_next_marker`]: uploadMarkers,
  [`${UPLOADS}test_list_multiparts_with_prefix_and_delimiter`]: async (t) => {
    for (const Key of ["test/foo/bar/123", "test/foo/bar/456", "test/bar/foo/123"]) await begin(t, Key);
    for (const [i, Prefix] of ["test/", "test/foo/", "test/foo/bar"].entries()) {
      const input = { Prefix, EncodingType: "url", Delimiter: "/" };
      await t.match(`list-multiparts-${i + 1}`, "ListMultipartUploads", input);
    }
    await t.matchXml("list-multiparts-no-encoding", { uploads: "", prefix: "test/foo" });
  },
  [`${UPLOADS}test_list_multipart_uploads_marker_common_prefixes`]: async (t) => {
    const page = { Prefix: "folder/", Delimiter: "/", MaxUploads: 1 };
    for (const name of ["aSubfolder/subFile1", "aSubfolder/subFile2", "file1", "file2"])
      await begin(t, `folder/${name}`);
    await t.match("list-multiparts-start", "ListMultipartUploads", page);
    const from = (label: string, KeyMarker: string): Promise<unknown> =>
      t.match(label, "ListMultipartUploads", { ...page, KeyMarker });
    await from("list-multiparts-manual-prefix", "folder/aSubfolder/");
    await from("list-multiparts-manual-first-file", "folder/aSubfolder/subFile1");
  },
  [`${PARTS}test_list_parts_pagination`]: async (t) => {
    const Key = "test-list-part-pagination";
    const UploadId = await begin(t, Key);
    await t.match("list-parts-empty", "ListParts", { Key, UploadId });
    for (const PartNumber of [1, 2]) await t.s3("UploadPart", { Key, UploadId, PartNumber, Body: "data" });
    const page = { Key, UploadId, MaxParts: 1 };
    await t.match("list-parts-all", "ListParts", { Key, UploadId });
    await t.match("list-parts-1", "ListParts", page);
    await t.match("list-parts-next", "ListParts", { ...page, PartNumberMarker: "1" });
    await t.match("list-parts-wrong-part", "ListParts", { ...page, PartNumberMarker: "10" });
  },
  [`${PARTS}test_list_parts_empty_part_number_marker`]: async (t) => {
    const Key = "test-list-part-empty-marker";
    const UploadId = await begin(t, Key);
    await t.s3("UploadPart", { Key, UploadId, PartNumber: 1, Body: "data" });
    await t.match("list-parts-empty-marker", "ListParts", { Key, UploadId, PartNumberMarker: "" });
    await t.match("list-parts-empty-max-parts", "ListParts", { Key, UploadId, MaxParts: "" });
  },
  [`${PARTS}test_list_parts_via_object_attrs_pagination`]: partsOfAnObject,
};

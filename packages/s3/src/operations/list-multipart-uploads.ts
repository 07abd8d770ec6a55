import {
  type ListMultipartUploadsInput,
  type ListMultipartUploadsPage,
  type MultipartUpload,
  type ObjectStore,
  StoreError,
} from "@strongroom/store";
import { element, encodeListedKey, printIso8601, type XmlElement } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { invalidArgument, s3Error } from "../errors.ts";
import type { Caller } from "../http/s3-request.ts";
import { DEFAULT_PAGE_SIZE, parseCount, parseEncodingType } from "../object/page-parameters.ts";
import { initiatorElement, ownerElement } from "../object/upload-people.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import type { Operation } from "../operation.ts";

const UPLOAD_ID = /^[A-Za-z0-9._-]{32}$/;

export interface ListMultipartUploadsRequest extends ListMultipartUploadsInput {
  readonly encodingType: "url" | undefined;
}

export interface ListMultipartUploadsResult {
  readonly page: ListMultipartUploadsPage;
  readonly caller: Caller;
}

/** Uploads in progress, by key and then by when they began. */
export const listMultipartUploads: Operation<ListMultipartUploadsRequest, ListMultipartUploadsResult> = {
  name: "ListMultipartUploads",
  route: { method: "GET", level: "bucket", query: ["uploads"] },

  read({ bucket, query }) {
    if (bucket === null) throw s3Error("MethodNotAllowed");
    const keyMarker = query.get("key-marker") ?? "";
    return {
      bucket,
      prefix: query.get("prefix") ?? "",
      delimiter: query.get("delimiter") ?? "",
      keyMarker,
      // Without a key an upload id marks no place; S3 leaves it out of account.
      uploadIdMarker: keyMarker === "" ? "" : parseUploadIdMarker(query.get("upload-id-marker") ?? ""),
      limit: parseCount("max-uploads", query.get("max-uploads"), {
        fallback: DEFAULT_PAGE_SIZE,
        most: DEFAULT_PAGE_SIZE,
      }),
      encodingType: parseEncodingType(query.get("encoding-type")),
    };
  },

  permissions: bucketPermission("s3:ListBucketMultipartUploads"),

  async run(input, { store }, { caller }) {
    await refuseForeignMarker(store, input);
    return { page: await store.listMultipartUploads(input), caller };
  },

  write({ page, caller }, response, input) {
    const shown = input.encodingType === "url" ? encodeListedKey : (text: string) => text;
    const last = nextMarkers(page);
    response
      .status(200)
      .sendXml(
        element(
          "ListMultipartUploadsResult",
          [
            element("Bucket", input.bucket),
            element("KeyMarker", shown(input.keyMarker)),
            element("UploadIdMarker", input.uploadIdMarker),
            element("NextKeyMarker", shown(last.keyMarker)),
            input.prefix === "" ? undefined : element("Prefix", shown(input.prefix)),
            input.delimiter === "" ? undefined : element("Delimiter", shown(input.delimiter)),
            element("NextUploadIdMarker", last.uploadIdMarker),
            element("MaxUploads", input.limit),
            input.encodingType === undefined ? undefined : element("EncodingType", input.encodingType),
            element("IsTruncated", page.next !== null),
            ...page.uploads.map((upload) => uploadElement(upload, caller, shown)),
            ...page.commonPrefixes.map((prefix) =>
              element("CommonPrefixes", [element("Prefix", shown(prefix))]),
            ),
          ],
          XML_NAMESPACE,
        ),
      );
  },
};

/** An upload that ended since it was listed still marks its place; what never was an id marks none. */
function parseUploadIdMarker(text: string): string {
  if (text === "" || UPLOAD_ID.test(text)) return text;
  throw invalidMarker(text);
}

/**
 * A marker that is the id of another key's upload marks no place (recorded). An upload that ended may have been this
 * key's; the first thousand that go on are looked through for it.
 */
async function refuseForeignMarker(store: ObjectStore, input: ListMultipartUploadsRequest): Promise<void> {
  const { bucket, keyMarker, uploadIdMarker } = input;
  if (uploadIdMarker === "" || (await isUpload(store, bucket, keyMarker, uploadIdMarker))) return;
  const from = { bucket, prefix: "", delimiter: "", keyMarker: "", uploadIdMarker: "" };
  const { uploads } = await store.listMultipartUploads({ ...from, limit: DEFAULT_PAGE_SIZE });
  if (uploads.some((upload) => upload.uploadId === uploadIdMarker)) throw invalidMarker(uploadIdMarker);
}

async function isUpload(
  store: ObjectStore,
  bucket: string,
  objectKey: string,
  uploadId: string,
): Promise<boolean> {
  try {
    await store.requireUpload({ bucket, objectKey, uploadId });
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "NoSuchUpload") return false;
    throw error;
  }
}

function invalidMarker(text: string): Error {
  return invalidArgument("Invalid uploadId marker", "upload-id-marker", text);
}

/**
 * Where the next page begins; at the end S3 still names the last upload shown. After a common prefix S3 is recorded
 * to name nothing, which leaves a client no way on: here the prefix is named, as in listings of objects.
 */
function nextMarkers(page: ListMultipartUploadsPage): {
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
} {
  if (page.next !== null) return page.next;
  const last = page.uploads.at(-1);
  return { keyMarker: last?.objectKey ?? "", uploadIdMarker: last?.uploadId ?? "" };
}

function uploadElement(upload: MultipartUpload, caller: Caller, shown: (text: string) => string): XmlElement {
  const { checksumAlgorithm, checksumType } = upload;
  return element("Upload", [
    element("Key", shown(upload.objectKey)),
    element("UploadId", upload.uploadId),
    initiatorElement(upload, caller),
    ownerElement(upload),
    element("StorageClass", upload.storageClass),
    element("Initiated", printIso8601(upload.initiatedMs)),
    checksumAlgorithm === null ? undefined : element("ChecksumAlgorithm", checksumAlgorithm),
    checksumType === null ? undefined : element("ChecksumType", checksumType),
  ]);
}

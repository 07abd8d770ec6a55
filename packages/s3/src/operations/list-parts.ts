import type { MultipartUpload, ObjectPart, PartsPage, UploadSelector } from "@strongroom/store";
import { element, encodeListedKey, printIso8601, quoteEtag, type XmlElement } from "@strongroom/wire";
import { objectPermission } from "../auth/object-permissions.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { requireUploadKeysIfNeeded } from "../encryption/upload-keys.ts";
import type { Caller } from "../http/s3-request.ts";
import { type ForetoldAbort, foretoldAbort, writeAbortHeaders } from "../lifecycle/foretold-headers.ts";
import { checksumElement } from "../object/checksum-headers.ts";
import { DEFAULT_PAGE_SIZE, parseCount, parseEncodingType } from "../object/page-parameters.ts";
import { readUploadAddress } from "../object/upload-address.ts";
import { initiatorElement, ownerElement } from "../object/upload-people.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import type { Operation } from "../operation.ts";

export interface ListPartsRequest extends UploadSelector {
  readonly afterPartNumber: number;
  readonly limit: number;
  readonly encodingType: "url" | undefined;
}

export interface ListPartsResult {
  readonly upload: MultipartUpload;
  readonly page: PartsPage;
  readonly caller: Caller;
  readonly abort: ForetoldAbort | null;
}

/** The parts an upload in progress has, by number. */
export const listParts: Operation<ListPartsRequest, ListPartsResult> = {
  name: "ListParts",
  route: { method: "GET", level: "object", query: ["uploadId"] },

  read(request) {
    const { query } = request;
    return {
      ...readUploadAddress(request),
      afterPartNumber: parseCount("part-number-marker", query.get("part-number-marker"), { fallback: 0 }),
      limit: parseCount("max-parts", query.get("max-parts"), {
        fallback: DEFAULT_PAGE_SIZE,
        most: DEFAULT_PAGE_SIZE,
      }),
      encodingType: parseEncodingType(query.get("encoding-type")),
    };
  },

  permissions: objectPermission("s3:ListMultipartUploadParts"),

  async run(input, { store }, request, access) {
    const upload = await store.requireUpload(input);
    requireUploadKeysIfNeeded(request, upload);
    const page = await store.listUploadParts({ ...input, keys: requestKeys(request) });
    return { upload, page, caller: request.caller, abort: foretoldAbort(access.bucket, upload) };
  },

  write({ upload, page, caller, abort }, response, input) {
    writeAbortHeaders(response, abort);
    const last = page.parts.at(-1)?.partNumber ?? 0;
    const isEncoded = input.encodingType === "url";
    response
      .status(200)
      .sendXml(
        element(
          "ListPartsResult",
          [
            element("Bucket", input.bucket),
            isEncoded ? element("EncodingType", "url") : undefined,
            element("Key", isEncoded ? encodeListedKey(input.objectKey) : input.objectKey),
            element("UploadId", input.uploadId),
            initiatorElement(upload, caller),
            ownerElement(upload),
            element("StorageClass", upload.storageClass),
            element("PartNumberMarker", input.afterPartNumber),
            element("NextPartNumberMarker", last),
            element("MaxParts", input.limit),
            element("IsTruncated", page.nextAfterPartNumber !== null),
            checksumNameElement("ChecksumAlgorithm", upload.checksumAlgorithm),
            checksumNameElement("ChecksumType", upload.checksumType),
            ...page.parts.map((part) => partElement(part)),
          ],
          XML_NAMESPACE,
        ),
      );
  },
};

function partElement(part: ObjectPart): XmlElement {
  return element("Part", [
    element("PartNumber", part.partNumber),
    element("LastModified", printIso8601(part.modifiedMs)),
    element("ETag", quoteEtag(part.etag)),
    element("Size", part.sizeBytes),
    checksumElement(part.checksum),
  ]);
}

function checksumNameElement(name: string, value: string | null): XmlElement | undefined {
  return value === null ? undefined : element(name, value);
}

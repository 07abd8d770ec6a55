import type { MultipartUpload, ObjectPart, ObjectSelector, UploadSelector } from "@strongroom/store";
import { element, parseCopySourceRange, printIso8601, quoteEtag, type XmlElement } from "@strongroom/wire";
import { allOf, copySourcePermissions, objectPermission } from "../auth/object-permissions.ts";
import { judgePartKey } from "../encryption/blocked-types.ts";
import { type ToldEncryption, writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import { copySourceKeys, requestKeys } from "../encryption/request-keys.ts";
import { toldToReader } from "../encryption/told-encryption.ts";
import { requireUploadKeys } from "../encryption/upload-keys.ts";
import { checksumElement } from "../object/checksum-headers.ts";
import {
  readCopySource,
  readSourceVersion,
  refuseLargeCopy,
  requireSameSource,
} from "../object/copy-source.ts";
import {
  checkCopySourceConditions,
  type ReadConditions,
  readCopySourceConditions,
} from "../object/read-conditions.ts";
import { readUploadAddress, requirePartNumber } from "../object/upload-address.ts";
import { versionIdHeaderOf } from "../object/version-id-header.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import type { Operation } from "../operation.ts";

export interface UploadPartCopyRequest extends UploadSelector {
  readonly partNumber: number;
  readonly source: ObjectSelector;
  readonly sourceConditions: ReadConditions | null;
  readonly range: string | undefined;
}

export interface UploadPartCopyResult {
  readonly upload: MultipartUpload;
  readonly told: ToldEncryption;
  readonly sourceVersionIdHeader: string | undefined;
  /** Settles when the part is durable. */
  readonly copy: Promise<ObjectPart>;
}

/** Puts one part from (a range of) an object that is already stored. */
export const uploadPartCopy: Operation<UploadPartCopyRequest, UploadPartCopyResult> = {
  name: "UploadPartCopy",
  route: {
    method: "PUT",
    level: "object",
    query: ["partNumber", "uploadId"],
    headers: ["x-amz-copy-source"],
  },

  read(request) {
    return {
      ...readUploadAddress(request),
      partNumber: requirePartNumber(request),
      source: readCopySource(request),
      sourceConditions: readCopySourceConditions(request),
      range: request.header("x-amz-copy-source-range"),
    };
  },

  permissions: allOf(copySourcePermissions, objectPermission("s3:PutObject")),

  async run(input, services, request, access) {
    const { store, clock } = services;
    judgePartKey(request, services, access);
    const upload = await store.requireUpload(input);
    requireUploadKeys(request, upload);
    const sourceKeys = copySourceKeys(request);
    const source = await readSourceVersion(services, { ...input.source, keys: sourceKeys });
    if (input.sourceConditions !== null) {
      checkCopySourceConditions(input.sourceConditions, source, clock.nowMs());
    }
    const range = input.range === undefined ? undefined : parseCopySourceRange(input.range, source.sizeBytes);
    refuseLargeCopy(range === undefined ? source.sizeBytes : range.end - range.start);
    const sourceBucket = await store.requireBucket(input.source.bucket);
    const sourceVersionIdHeader = versionIdHeaderOf(sourceBucket, source.versionId);
    const copy = store.uploadPartCopy({
      bucket: input.bucket,
      objectKey: input.objectKey,
      uploadId: input.uploadId,
      partNumber: input.partNumber,
      source: { ...input.source, versionId: source.versionId, keys: sourceKeys },
      keys: requestKeys(request),
      range,
      checkSource: (current) => requireSameSource(source, current),
    });
    const told = toldToReader(request, upload.encryption);
    return { upload, told, sourceVersionIdHeader, copy };
  },

  write({ upload, told, sourceVersionIdHeader, copy }, response) {
    writeEncryptionHeaders(response, told);
    response.status(200).header("x-amz-copy-source-version-id", sourceVersionIdHeader);
    return response.sendXmlWhenDone(copy.then((part) => copyPartElement(upload, part)));
  },
};

function copyPartElement(upload: MultipartUpload, part: ObjectPart): XmlElement {
  return element(
    "CopyPartResult",
    [
      element("LastModified", printIso8601(part.modifiedMs)),
      element("ETag", quoteEtag(part.etag)),
      upload.checksumAlgorithm === null ? undefined : checksumElement(part.checksum),
    ],
    XML_NAMESPACE,
  );
}

import type { ChecksumAlgorithm, ChecksumType, MultipartUpload, ObjectAttributes } from "@strongroom/store";
import { element } from "@strongroom/wire";
import { type AccessListRequest, readAccessListHeaders } from "../access/access-list-request.ts";
import { ownNewObject } from "../access/new-object-owner.ts";
import { writePermissions } from "../auth/object-permissions.ts";
import { bucketDefault } from "../encryption/bucket-default.ts";
import { type ToldEncryption, writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import { planEncryption } from "../encryption/encryption-plan.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { toldToWriter } from "../encryption/told-encryption.ts";
import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { type ForetoldAbort, foretoldAbort, writeAbortHeaders } from "../lifecycle/foretold-headers.ts";
import { readObjectHeaders, readUserMetadata } from "../object/metadata-headers.ts";
import { type ObjectAddress, readObjectAddress } from "../object/object-address.ts";
import { readStorageClass } from "../object/storage-class.ts";
import { readTaggingHeader } from "../object/tagging.ts";
import { readUploadChecksum } from "../object/upload-checksum.ts";
import { initiatorIdOf } from "../object/upload-people.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import { type NewObjectLock, readNewObjectLock, requireApplicable } from "../object-lock/new-object-lock.ts";
import type { Operation } from "../operation.ts";

export interface CreateMultipartUploadRequest extends ObjectAddress {
  readonly attributes: ObjectAttributes;
  readonly accessList: AccessListRequest | null;
  readonly lock: NewObjectLock;
  readonly checksumAlgorithm: ChecksumAlgorithm | null;
  readonly checksumType: ChecksumType | null;
}

export interface CreatedUpload {
  readonly upload: MultipartUpload;
  readonly told: ToldEncryption;
  readonly abort: ForetoldAbort | null;
}

/** Opens a multipart upload; everything but the data of the object to be is fixed here. */
export const createMultipartUpload: Operation<CreateMultipartUploadRequest, CreatedUpload> = {
  name: "CreateMultipartUpload",
  route: { method: "POST", level: "object", query: ["uploads"] },

  read(request) {
    refuseAnonymous(request);
    const { bucket, objectKey } = readObjectAddress(request);
    return {
      bucket,
      objectKey,
      attributes: {
        headers: readObjectHeaders(request),
        userMetadata: readUserMetadata(request),
        tags: readTaggingHeader(request),
        storageClass: readStorageClass(request),
      },
      accessList: readAccessListHeaders(request),
      lock: readNewObjectLock(request),
      ...readUploadChecksum(request),
    };
  },

  permissions: writePermissions,

  async run(input, services, request, access) {
    const lock = requireApplicable(input.lock, access.bucket, services.clock.nowMs());
    const plan = planEncryption(request, bucketDefault(services, access));
    const upload = await services.store.createMultipartUpload({
      ...input.attributes,
      ...lock,
      bucket: input.bucket,
      objectKey: input.objectKey,
      ...(await ownNewObject(input.accessList, access, request)),
      initiatorId: initiatorIdOf(request.caller),
      plan,
      keys: requestKeys(request),
      checksumAlgorithm: input.checksumAlgorithm,
      checksumType: input.checksumType,
    });
    const told = toldToWriter(request, upload.encryption);
    return { upload, told, abort: foretoldAbort(access.bucket, upload) };
  },

  write({ upload, told, abort }, response, input) {
    writeEncryptionHeaders(response, told);
    writeAbortHeaders(response, abort);
    response
      .status(200)
      .header("x-amz-checksum-algorithm", upload.checksumAlgorithm ?? undefined)
      .header("x-amz-checksum-type", upload.checksumType ?? undefined)
      .sendXml(
        element(
          "InitiateMultipartUploadResult",
          [
            element("Bucket", input.bucket),
            element("Key", upload.objectKey),
            element("UploadId", upload.uploadId),
          ],
          XML_NAMESPACE,
        ),
      );
  },
};

/** Nobody in particular could be asked later whether the parts are still wanted: S3 takes one PUT from them at most. */
function refuseAnonymous({ signature }: S3Request): void {
  if (signature !== null) return;
  throw s3Error("AccessDenied", {
    message: "Anonymous users cannot initiate multipart uploads.  Please authenticate.",
  });
}

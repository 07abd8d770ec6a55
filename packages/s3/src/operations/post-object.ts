import type { BodyIntegrity, ObjectAttributes, WriteConditions } from "@strongroom/store";
import { type AccessListRequest, readAccessListHeaders } from "../access/access-list-request.ts";
import { ownNewObject } from "../access/new-object-owner.ts";
import { writePermissions } from "../auth/object-permissions.ts";
import { bucketDefault } from "../encryption/bucket-default.ts";
import { writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import { planEncryption } from "../encryption/encryption-plan.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { toldToWriter } from "../encryption/told-encryption.ts";
import type { S3Request } from "../http/s3-request.ts";
import { expirationHeader } from "../lifecycle/foretold-headers.ts";
import { announcement } from "../notifications/announcement.ts";
import { writeChecksumHeaders } from "../object/checksum-headers.ts";
import { readObjectHeaders, readUserMetadata } from "../object/metadata-headers.ts";
import { type ObjectAddress, readObjectAddress } from "../object/object-address.ts";
import { readStorageClass } from "../object/storage-class.ts";
import { readTaggingHeader } from "../object/tagging.ts";
import { writtenVersionIdHeader } from "../object/version-id-header.ts";
import { readWriteConditions } from "../object/write-conditions.ts";
import {
  type NewObjectLock,
  readNewObjectLock,
  requireApplicable,
  requireDigestIfLocked,
} from "../object-lock/new-object-lock.ts";
import type { Operation } from "../operation.ts";
import { type FormAnswer, readFormAnswer, writeFormAnswer } from "../post-object/form-answer.ts";
import { FormS3Request } from "../post-object/form-request.ts";
import type { WrittenObject } from "./put-object.ts";

export interface PostObjectRequest extends ObjectAddress {
  readonly attributes: ObjectAttributes;
  readonly conditions: WriteConditions;
  readonly integrity: BodyIntegrity;
  readonly accessList: AccessListRequest | null;
  readonly lock: NewObjectLock;
  readonly answer: FormAnswer;
  readonly location: string;
}

/** A browser's form with one file in it: what PutObject does, said in fields and allowed by a signed policy. */
export const postObject: Operation<PostObjectRequest, WrittenObject> = {
  name: "PostObject",
  route: { method: "POST", level: "bucket" },

  permissions: writePermissions,

  read(request) {
    const { fields, location } = requireForm(request);
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
      conditions: readWriteConditions(request),
      integrity: request.integrity,
      accessList: readAccessListHeaders(request),
      lock: readNewObjectLock(request),
      answer: readFormAnswer(fields),
      location,
    };
  },

  async run(input, services, request, access) {
    const lock = requireApplicable(input.lock, access.bucket, services.clock.nowMs());
    requireDigestIfLocked("Put Object", lock, access.bucket, input.integrity);
    const plan = planEncryption(request, bucketDefault(services, access));
    const version = await services.store.putObject({
      ...input.attributes,
      ...lock,
      bucket: input.bucket,
      objectKey: input.objectKey,
      ...(await ownNewObject(input.accessList, access, request)),
      body: request.body,
      integrity: input.integrity,
      conditions: input.conditions,
      announce: announcement("ObjectCreated:Post", request),
      plan,
      keys: requestKeys(request),
    });
    const expiration = expirationHeader(access.bucket, version);
    return { version, told: toldToWriter(request, version.encryption), expiration };
  },

  logged: ({ version }) => ({ objectSizeBytes: version.sizeBytes }),

  write({ version, told, expiration }, response, input) {
    response
      .header("x-amz-expiration", expiration)
      .header("x-amz-version-id", writtenVersionIdHeader(version.versionId));
    // Unlike a PUT, a form is answered the checksum that was computed when it brought none (recorded).
    writeChecksumHeaders(response, version.checksum);
    // A form's context is not repeated (reference §1.2).
    writeEncryptionHeaders(response, { ...told, context: undefined });
    writeFormAnswer(response, input.answer, { ...input, etag: version.etag });
  },
};

function requireForm(request: S3Request): FormS3Request {
  if (request instanceof FormS3Request) return request;
  throw new TypeError("PostObject was asked without a form");
}

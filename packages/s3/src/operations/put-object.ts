import {
  type BodyIntegrity,
  type ObjectAttributes,
  type StoredVersion,
  StoreError,
  type WriteConditions,
} from "@strongroom/store";
import { quoteEtag } from "@strongroom/wire";
import { type AccessListRequest, readAccessListHeaders } from "../access/access-list-request.ts";
import { ownNewObject } from "../access/new-object-owner.ts";
import { writePermissions } from "../auth/object-permissions.ts";
import { bucketDefault } from "../encryption/bucket-default.ts";
import { type ToldEncryption, writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import { planEncryption } from "../encryption/encryption-plan.ts";
import { requestKeys } from "../encryption/request-keys.ts";
import { toldToWriter } from "../encryption/told-encryption.ts";
import { s3Error } from "../errors.ts";
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

export const MAX_PUT_BYTES = 5 * 1024 ** 3;

export interface PutObjectRequest extends ObjectAddress {
  readonly attributes: ObjectAttributes;
  readonly conditions: WriteConditions;
  readonly integrity: BodyIntegrity;
  readonly accessList: AccessListRequest | null;
  readonly lock: NewObjectLock;
}

export interface WrittenObject {
  readonly version: StoredVersion;
  readonly told: ToldEncryption;
  /** `x-amz-expiration`. */
  readonly expiration: string | undefined;
}

/** PUT of one whole object. */
export const putObject: Operation<PutObjectRequest, WrittenObject> = {
  name: "PutObject",
  route: { method: "PUT", level: "object" },

  read(request) {
    const { bucket, objectKey } = readObjectAddress(request);
    refuseTooLarge(request.integrity);
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
    };
  },

  permissions: writePermissions,

  async run(input, services, request, access) {
    const lock = requireApplicable(input.lock, access.bucket, services.clock.nowMs());
    requireDigestIfLocked("Put Object", lock, access.bucket, input.integrity);
    const plan = planEncryption(request, bucketDefault(services, access));
    const writing = services.store.putObject({
      ...input.attributes,
      ...lock,
      bucket: input.bucket,
      objectKey: input.objectKey,
      ...(await ownNewObject(input.accessList, access, request)),
      body: request.body,
      integrity: input.integrity,
      conditions: input.conditions,
      announce: announcement("ObjectCreated:Put", request),
      plan,
      keys: requestKeys(request),
    });
    try {
      const version = await writing;
      const expiration = expirationHeader(access.bucket, version);
      return { version, told: toldToWriter(request, version.encryption), expiration };
    } catch (error) {
      throw withHexDigest(error);
    }
  },

  logged: ({ version }) => ({ objectSizeBytes: version.sizeBytes }),

  write({ version, told, expiration }, response) {
    response
      .status(200)
      .header("etag", quoteEtag(version.etag))
      .header("x-amz-expiration", expiration)
      .header("x-amz-version-id", writtenVersionIdHeader(version.versionId));
    // The sender's, verified; of one who named none, the default (recorded).
    writeChecksumHeaders(response, version.checksum);
    writeEncryptionHeaders(response, told);
    response.sendEmpty();
  },
};

/** Here alone S3 tells the expected Content-MD5 in hexadecimal (reference §2.5). */
function withHexDigest(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.code !== "BadDigest") return error;
  const { algorithm, expected = "", calculated } = error.details;
  if (algorithm !== "MD5") return error;
  const ExpectedDigest = Buffer.from(expected, "base64").toString("hex");
  return s3Error("BadDigest", { fields: { ExpectedDigest, CalculatedDigest: calculated }, cause: error });
}

/** Throws EntityTooLarge beyond 5 GiB, before any of it is read. */
export function refuseTooLarge({ sizeBytes }: BodyIntegrity): void {
  if (sizeBytes !== undefined && sizeBytes > MAX_PUT_BYTES) {
    throw s3Error("EntityTooLarge", {
      fields: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(MAX_PUT_BYTES) },
    });
  }
}

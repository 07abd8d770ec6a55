import {
  type ChecksumType,
  type CompletedPart,
  type MultipartUpload,
  type ObjectStore,
  type StoredVersion,
  StoreError,
  type UploadSelector,
  type WriteConditions,
} from "@strongroom/store";
import { element, encodeUri, quoteEtag } from "@strongroom/wire";
import { writePermissions } from "../auth/object-permissions.ts";
import { writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import { requireUploadKeysIfNeeded } from "../encryption/upload-keys.ts";
import { invalidArgument, s3Error } from "../errors.ts";
import { readText } from "../http/read-text.ts";
import type { S3Request } from "../http/s3-request.ts";
import { expirationHeader } from "../lifecycle/foretold-headers.ts";
import { announcement } from "../notifications/announcement.ts";
import {
  type ChecksumClaim,
  checksumElement,
  checksumTypeElement,
  readObjectChecksumClaim,
} from "../object/checksum-headers.ts";
import {
  MAX_COMPLETE_XML_BYTES,
  parseCompletedParts,
  requireAscending,
  requirePartChecksums,
} from "../object/completed-parts.ts";
import { readUploadAddress } from "../object/upload-address.ts";
import { defaultChecksumType, readChecksumType } from "../object/upload-checksum.ts";
import { writtenVersionIdHeader } from "../object/version-id-header.ts";
import { readWriteConditions } from "../object/write-conditions.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import type { Operation } from "../operation.ts";

export interface CompleteMultipartUploadRequest extends UploadSelector {
  readonly parts: readonly CompletedPart[];
  readonly conditions: WriteConditions;
  readonly checksum: ChecksumClaim | undefined;
  readonly checksumType: ChecksumType | undefined;
  readonly sizeBytes: number | undefined;
  /** Where the object will be found, as the client addressed this server. */
  readonly location: string;
}

interface CompletedUpload {
  readonly version: StoredVersion;
  /** `x-amz-expiration`. */
  readonly expiration: string | undefined;
}

/** Makes one object of the parts named. The object appears at once and whole, or not at all. */
export const completeMultipartUpload: Operation<CompleteMultipartUploadRequest, CompletedUpload> = {
  name: "CompleteMultipartUpload",
  route: { method: "POST", level: "object", query: ["uploadId"] },

  async read(request) {
    const upload = readUploadAddress(request);
    return {
      ...upload,
      conditions: readWriteConditions(request),
      checksum: readObjectChecksumClaim(request),
      checksumType: readChecksumType(request),
      sizeBytes: readObjectSize(request),
      location: locationOf(request, upload),
      // Checksum headers speak of the object here, not of this document, so the body is read without them.
      parts: parseCompletedParts(await readText(request.body, {}, MAX_COMPLETE_XML_BYTES)),
    };
  },

  permissions: writePermissions,

  async run(input, { store }, request, access) {
    const upload = await findUpload(store, input);
    if (upload !== null) {
      requireUploadKeysIfNeeded(request, upload);
      requireFitting(input, upload);
      await refuseConflict(store, input, upload);
    }
    if (input.parts.length === 0) {
      if (upload === null) await store.requireUpload(input);
      throw s3Error("InvalidRequest", { message: "You must specify at least one part" });
    }
    const version = await store.completeMultipartUpload({
      ...input,
      announce: announcement("ObjectCreated:CompleteMultipartUpload", request),
    });
    return { version, expiration: expirationHeader(access.bucket, version) };
  },

  write({ version, expiration }, response, input) {
    writeEncryptionHeaders(response, { encryption: version.encryption });
    response
      .status(200)
      .header("x-amz-expiration", expiration)
      .header("x-amz-version-id", writtenVersionIdHeader(version.versionId))
      .sendXml(
        element(
          "CompleteMultipartUploadResult",
          [
            element("Location", input.location),
            element("Bucket", input.bucket),
            element("Key", input.objectKey),
            element("ETag", quoteEtag(version.etag)),
            // Of data under keys that not everybody may use, the answer says nothing (reference §4.3 #11).
            ...(version.encryption.scheme === "sse-s3"
              ? [checksumElement(version.checksum), checksumTypeElement(version.checksum)]
              : []),
          ],
          XML_NAMESPACE,
        ),
      );
  },
};

/** null when there is none: the engine knows whether it was completed before, and then says so again. */
async function findUpload(store: ObjectStore, selector: UploadSelector): Promise<MultipartUpload | null> {
  try {
    return await store.requireUpload(selector);
  } catch (error) {
    if (error instanceof StoreError && error.code === "NoSuchUpload") return null;
    throw error;
  }
}

function requireFitting(input: CompleteMultipartUploadRequest, upload: MultipartUpload): void {
  requireAscending(input.parts, input.uploadId);
  const { checksumType } = upload;
  if (input.checksumType !== undefined && input.checksumType !== checksumType) {
    throw s3Error("InvalidRequest", {
      message: `The upload was created using the ${checksumType} checksum mode. The complete request must use the same checksum mode.`,
    });
  }
  requirePartChecksums(upload, input.parts);
  requireFittingClaim(input, upload);
}

/**
 * An If-Match that holds, but of an object written while the upload was under way: what the client saw when it began
 * is not what it would replace. Throws ConditionalRequestConflict (409).
 */
async function refuseConflict(
  store: ObjectStore,
  { bucket, objectKey, conditions }: CompleteMultipartUploadRequest,
  { initiatedMs }: MultipartUpload,
): Promise<void> {
  if (conditions.ifMatch === undefined) return;
  const current = await store.readVersion({ bucket, objectKey });
  if (current.etag !== conditions.ifMatch || current.modifiedMs <= initiatedMs) return;
  throw s3Error("ConditionalRequestConflict", { fields: { Condition: "If-Match", Key: objectKey } });
}

/**
 * A digest of the object must be of the upload's algorithm, and of its type: one that does not say its type counts
 * as of the algorithm's default type, so that S3 refuses even a right CRC32C of a FULL_OBJECT upload without it.
 */
function requireFittingClaim(input: CompleteMultipartUploadRequest, upload: MultipartUpload): void {
  if (input.checksum === undefined) return;
  const algorithm = upload.checksumAlgorithm ?? "CRC64NVME";
  const type = input.checksumType ?? defaultChecksumType(algorithm);
  if (input.checksum.algorithm === algorithm && type === (upload.checksumType ?? "FULL_OBJECT")) return;
  throw s3Error("BadDigest", {
    message: `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
  });
}

/** `x-amz-mp-object-size`: what the client believes the whole object's size to be. */
function readObjectSize(request: S3Request): number | undefined {
  const name = "x-amz-mp-object-size";
  const text = request.header(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidArgument(`Value for ${name} header is invalid.`, name, text);
}

function locationOf(request: S3Request, { bucket, objectKey }: UploadSelector): string {
  const scheme = request.secure ? "https" : "http";
  const host = request.header("host") ?? "";
  const path = encodeUri(objectKey, { keepSlash: false });
  // With a virtual-host address the bucket is in the host already.
  return host.startsWith(`${bucket}.`)
    ? `${scheme}://${host}/${path}`
    : `${scheme}://${host}/${bucket}/${path}`;
}

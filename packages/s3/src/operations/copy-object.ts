import type {
  Bucket,
  ChecksumAlgorithm,
  EncryptionPlan,
  ObjectHeaders,
  ObjectSelector,
  StoredVersion,
  WriteConditions,
} from "@strongroom/store";
import { element, printIso8601, quoteEtag, type XmlElement } from "@strongroom/wire";
import { type AccessListRequest, readAccessListHeaders } from "../access/access-list-request.ts";
import { type NewObjectOwner, ownNewObject } from "../access/new-object-owner.ts";
import { allOf, copySourcePermissions, copyTargetPermissions } from "../auth/object-permissions.ts";
import type { RequestAccess } from "../auth/request-access.ts";
import { bucketDefault } from "../encryption/bucket-default.ts";
import { hasCustomerKey } from "../encryption/customer-keys.ts";
import { type ToldEncryption, writeEncryptionHeaders } from "../encryption/encryption-headers.ts";
import { planEncryption } from "../encryption/encryption-plan.ts";
import { SSE, SSE_CUSTOMER } from "../encryption/header-names.ts";
import { copySourceKeys, requestKeys } from "../encryption/request-keys.ts";
import { toldToWriter } from "../encryption/told-encryption.ts";
import { invalidArgument } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { expirationHeader } from "../lifecycle/foretold-headers.ts";
import { announcement } from "../notifications/announcement.ts";
import { checksumElement, checksumTypeElement } from "../object/checksum-headers.ts";
import {
  readCopySource,
  readSourceVersion,
  refuseLargeCopy,
  requireSameSource,
} from "../object/copy-source.ts";
import { readObjectHeaders, readUserMetadata } from "../object/metadata-headers.ts";
import { type ObjectAddress, readObjectAddress } from "../object/object-address.ts";
import {
  checkCopySourceConditions,
  type ReadConditions,
  readCopySourceConditions,
} from "../object/read-conditions.ts";
import { refuseIdleSelfCopy } from "../object/self-copy.ts";
import { readStorageClass } from "../object/storage-class.ts";
import { readTaggingHeader, type Tags } from "../object/tagging.ts";
import { readChecksumAlgorithm } from "../object/upload-checksum.ts";
import { versionIdHeaderOf, writtenVersionIdHeader } from "../object/version-id-header.ts";
import { readWriteConditions } from "../object/write-conditions.ts";
import { XML_NAMESPACE } from "../object/xml-namespace.ts";
import { type NewObjectLock, readNewObjectLock, requireApplicable } from "../object-lock/new-object-lock.ts";
import type { Operation, S3Services } from "../operation.ts";

export interface CopyObjectRequest extends ObjectAddress {
  readonly source: ObjectSelector;
  readonly sourceConditions: ReadConditions | null;
  /** null: the source's are kept. */
  readonly replacedMetadata: {
    readonly headers: ObjectHeaders;
    readonly userMetadata: Readonly<Record<string, string>>;
  } | null;
  readonly redirect: string | undefined;
  readonly replacedTags: Tags | null;
  readonly storageClass: string;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly conditions: WriteConditions;
  readonly accessList: AccessListRequest | null;
  readonly lock: NewObjectLock;
  /** The request itself changes something, so that a copy onto the source is no idle one. */
  readonly changesSomething: boolean;
}

export interface CopyObjectResult {
  /** Settles when the copy is durable; a large one may take minutes. */
  readonly copy: Promise<CopiedVersion>;
}

interface CopiedVersion {
  readonly version: StoredVersion;
  readonly told: ToldEncryption;
  readonly versionIdHeader: string | undefined;
  readonly sourceVersionIdHeader: string | undefined;
  /** `x-amz-expiration`. */
  readonly expiration: string | undefined;
}

/** Seals the data of one object anew as another. */
export const copyObject: Operation<CopyObjectRequest, CopyObjectResult> = {
  name: "CopyObject",
  route: { method: "PUT", level: "object", headers: ["x-amz-copy-source"] },

  read(request) {
    const replacesMetadata = readDirective(request, "metadata");
    const replacesTags = readDirective(request, "tagging");
    const headers = readObjectHeaders(request);
    return {
      ...readObjectAddress(request),
      source: readCopySource(request),
      sourceConditions: readCopySourceConditions(request),
      replacedMetadata: replacesMetadata ? { headers, userMetadata: readUserMetadata(request) } : null,
      redirect: headers.websiteRedirectLocation,
      replacedTags: replacesTags ? readTaggingHeader(request) : null,
      storageClass: readStorageClass(request),
      checksumAlgorithm: readChecksumAlgorithm(request),
      conditions: readWriteConditions(request),
      accessList: readAccessListHeaders(request),
      lock: readNewObjectLock(request),
      changesSomething:
        replacesMetadata ||
        headers.websiteRedirectLocation !== undefined ||
        request.header("x-amz-storage-class") !== undefined ||
        request.header(SSE) !== undefined ||
        hasCustomerKey(request, SSE_CUSTOMER),
    };
  },

  permissions: allOf(copySourcePermissions, copyTargetPermissions),

  async run(input, services, request, access) {
    requireApplicable(input.lock, access.bucket, services.clock.nowMs());
    const plan = planEncryption(request, bucketDefault(services, access));
    const keys = copySourceKeys(request);
    const source = await readSourceVersion(services, { ...input.source, keys });
    if (input.replacedTags === null) await requireTagRights(input, source, access);
    if (!input.changesSomething && source.encryption.scheme === plan.scheme) {
      await refuseIdleSelfCopy(services, input, input.source);
    }
    const owner = await ownNewObject(input.accessList, access, request);
    if (input.sourceConditions !== null) {
      checkCopySourceConditions(input.sourceConditions, source, services.clock.nowMs());
    }
    refuseLargeCopy(source.sizeBytes);
    return { copy: copy(input, services, request, { source, owner, plan, target: access.bucket }) };
  },

  write({ copy: copying }, response) {
    return response.sendXmlWhenDone(
      copying.then(({ version, told, versionIdHeader, sourceVersionIdHeader, expiration }) => {
        writeEncryptionHeaders(response, told);
        response
          .header("x-amz-expiration", expiration)
          .header("x-amz-version-id", versionIdHeader)
          .header("x-amz-copy-source-version-id", sourceVersionIdHeader);
        return copyResultElement(version);
      }),
    );
  },
};

interface CopyDecisions {
  readonly source: StoredVersion;
  readonly owner: NewObjectOwner;
  readonly plan: EncryptionPlan;
  readonly target: Bucket;
}

async function copy(
  input: CopyObjectRequest,
  services: S3Services,
  request: S3Request,
  { source, owner, plan, target }: CopyDecisions,
): Promise<CopiedVersion> {
  const { websiteRedirectLocation: _, ...sourceHeaders } = source.headers;
  const headers = input.replacedMetadata?.headers ?? sourceHeaders;
  const version = await services.store.copyObject({
    source: { ...input.source, versionId: source.versionId, keys: copySourceKeys(request) },
    bucket: input.bucket,
    objectKey: input.objectKey,
    ...owner,
    ...input.lock,
    // A redirect is never copied; the request brings one or there is none.
    headers: input.redirect === undefined ? headers : { ...headers, websiteRedirectLocation: input.redirect },
    userMetadata: input.replacedMetadata?.userMetadata ?? source.userMetadata,
    tags: input.replacedTags ?? source.tags,
    storageClass: input.storageClass,
    checksumAlgorithm: input.checksumAlgorithm,
    conditions: input.conditions,
    announce: announcement("ObjectCreated:Copy", request),
    plan,
    keys: requestKeys(request),
    checkSource: (current) => requireSameSource(source, current),
  });
  const versionIdHeader = versionIdHeaderOf(target, version.versionId);
  const sourceVersionIdHeader = writtenVersionIdHeader(source.versionId);
  const told = toldToWriter(request, version.encryption);
  const expiration = expirationHeader(target, version);
  return { version, told, versionIdHeader, sourceVersionIdHeader, expiration };
}

/** Tags that come along are read there and written here, which takes rights of its own: but only where there are some. */
async function requireTagRights(
  { bucket, objectKey, source }: CopyObjectRequest,
  { tags }: StoredVersion,
  access: RequestAccess,
): Promise<void> {
  if (Object.keys(tags).length === 0) return;
  const action = source.versionId === undefined ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging";
  await access.require([
    { ...source, action, isCopySource: true },
    { action: "s3:PutObjectTagging", bucket, objectKey },
  ]);
}

function copyResultElement(version: StoredVersion): XmlElement {
  return element(
    "CopyObjectResult",
    [
      element("LastModified", printIso8601(version.modifiedMs)),
      element("ETag", quoteEtag(version.etag)),
      checksumTypeElement(version.checksum),
      checksumElement(version.checksum),
    ],
    XML_NAMESPACE,
  );
}

/** True for REPLACE, false for COPY or nothing. Throws InvalidArgument for any other word. */
function readDirective(request: S3Request, of: "metadata" | "tagging"): boolean {
  const name = `x-amz-${of}-directive`;
  const text = request.header(name);
  if (text === undefined || text === "COPY") return false;
  if (text === "REPLACE") return true;
  throw invalidArgument(`Unknown ${of} directive.`, name, text);
}

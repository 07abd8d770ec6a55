import { requireBucketName } from "../http/addressed.ts";
import type { S3Request } from "../http/s3-request.ts";
import { readCopySource } from "../object/copy-source.ts";
import { type ObjectAddress, readObjectAddress } from "../object/object-address.ts";
import type { RequiredPermission } from "../operation.ts";

/** What a request needs, told by its address and headers. */
export type Permissions = (request: S3Request) => readonly RequiredPermission[];

/** The right to do `action` to the bucket a request is addressed to. */
export function bucketPermission(action: string): Permissions {
  return (request) => [{ action, bucket: requireBucketName(request), objectKey: null }];
}

/**
 * The right to do `action` to the object a request is addressed to; `versionAction` is what it takes instead where a
 * version is named. Reading the version that happens to be current does not give the right to read older ones.
 */
export function objectPermission(action: string, versionAction: string = action): Permissions {
  return (request) => {
    const { bucket, objectKey } = readObjectAddress(request);
    const versionId = request.query.get("versionId");
    return [{ action: versionId === undefined ? action : versionAction, bucket, objectKey, versionId }];
  };
}

/** All of several. */
export function allOf(...each: readonly Permissions[]): Permissions {
  return (request) => each.flatMap((permissions) => permissions(request));
}

/** What writing an object takes: more than `s3:PutObject` when it comes with tags, an access list or a lock. */
export const writePermissions: Permissions = (request) =>
  permissionsToWrite(request, isSent(request, "x-amz-tagging"));

/** What writing a copy takes; its tags are the source's, whatever the header says, unless it says REPLACE. */
export const copyTargetPermissions: Permissions = (request) =>
  permissionsToWrite(
    request,
    isSent(request, "x-amz-tagging") && request.header("x-amz-tagging-directive") === "REPLACE",
  );

function permissionsToWrite(request: S3Request, setsTags: boolean): readonly RequiredPermission[] {
  const { bucket, objectKey } = readObjectAddress(request);
  const needed: RequiredPermission[] = [{ action: "s3:PutObject", bucket, objectKey }];
  const alsoIf = (holds: boolean, action: string) => {
    if (holds) needed.push({ action, bucket, objectKey });
  };
  alsoIf(setsTags, "s3:PutObjectTagging");
  alsoIf(hasAccessListHeader(request), "s3:PutObjectAcl");
  alsoIf(
    isSent(request, "x-amz-object-lock-mode") || isSent(request, "x-amz-object-lock-retain-until-date"),
    "s3:PutObjectRetention",
  );
  alsoIf(isSent(request, "x-amz-object-lock-legal-hold"), "s3:PutObjectLegalHold");
  // Whether an entity tag matches tells something about what is stored.
  alsoIf(isSent(request, "if-match"), "s3:GetObject");
  return needed;
}

function isSent(request: S3Request, header: string): boolean {
  return request.header(header) !== undefined;
}

/** What a copy reads. Tags are a further right, asked for once it is known that the source has some. */
export const copySourcePermissions: Permissions = (request) => {
  const source = readCopySource(request);
  return [
    {
      action: source.versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion",
      ...source,
      isCopySource: true,
    },
  ];
};

/**
 * What removing a version, or hiding a key, takes. An entity tag that must match tells something about what is stored;
 * a retention period may be passed over only by who may.
 */
export function deletionPermissions(
  target: ObjectAddress & { readonly versionId?: string | undefined; readonly ifMatch?: string | undefined },
  bypass: boolean,
): readonly RequiredPermission[] {
  const { bucket, objectKey, versionId, ifMatch } = target;
  const isNamed = versionId !== undefined;
  const on = (action: string): RequiredPermission => ({ action, bucket, objectKey, versionId });
  const needed = [on(isNamed ? "s3:DeleteObjectVersion" : "s3:DeleteObject")];
  if (isNamed && bypass) needed.push(on("s3:BypassGovernanceRetention"));
  if (ifMatch !== undefined && ifMatch !== "*")
    needed.push(on(isNamed ? "s3:GetObjectVersion" : "s3:GetObject"));
  return needed;
}

export function isBypassRequested(request: S3Request): boolean {
  return request.header("x-amz-bypass-governance-retention")?.toLowerCase() === "true";
}

export function hasAccessListHeader(request: S3Request): boolean {
  return (
    request.header("x-amz-acl") !== undefined ||
    request.headerNames().some((name) => name.startsWith("x-amz-grant-"))
  );
}

import type { Caller } from "../http/s3-request.ts";
import type { AccessList, AclPermission, Grant } from "./access-list.ts";
import { LOGGING_SERVICE } from "./logging-service.ts";

/** Whom a grant serves: anybody who comes as the caller does, or the caller's account, whose policies then decide. */
export type GrantedTo = "principal" | "account";

/** Actions on a bucket, or on the objects in it, that a grant on the bucket gives. */
const BY_BUCKET_GRANT: Readonly<Record<string, AclPermission>> = {
  "s3:ListBucket": "READ",
  "s3:ListBucketVersions": "READ",
  "s3:ListBucketMultipartUploads": "READ",
  "s3:PutObject": "WRITE",
  "s3:DeleteObject": "WRITE",
  "s3:GetBucketAcl": "READ_ACP",
  "s3:PutBucketAcl": "WRITE_ACP",
};

/** Actions on an object that a grant on the object gives. */
const BY_OBJECT_GRANT: Readonly<Record<string, AclPermission>> = {
  "s3:GetObject": "READ",
  "s3:GetObjectVersion": "READ",
  "s3:GetObjectAcl": "READ_ACP",
  "s3:GetObjectVersionAcl": "READ_ACP",
  "s3:PutObjectAcl": "WRITE_ACP",
  "s3:PutObjectVersionAcl": "WRITE_ACP",
};

export const bucketGrantFor = (action: string): AclPermission | undefined => BY_BUCKET_GRANT[action];
export const objectGrantFor = (action: string): AclPermission | undefined => BY_OBJECT_GRANT[action];

/** Whether the list lets the caller do what takes `permission`; `ignoresPublic`: grants to the public count for nothing. */
export function findGrant(
  list: AccessList,
  permission: AclPermission,
  caller: Caller,
  ignoresPublic: boolean,
): GrantedTo | null {
  let found: GrantedTo | null = null;
  for (const grant of list) {
    if (grant.permission !== permission && grant.permission !== "FULL_CONTROL") continue;
    const to = servedBy(grant, caller, ignoresPublic);
    if (to === "principal") return to;
    found ??= to;
  }
  return found;
}

function servedBy({ grantee }: Grant, caller: Caller, ignoresPublic: boolean): GrantedTo | null {
  const isAnonymous = caller.principal.kind === "anonymous";
  if (grantee.kind === "user") {
    return !isAnonymous && grantee.canonicalUserId === caller.canonicalUserId ? "account" : null;
  }
  if (grantee.group === "LogDelivery") return isLogDelivery(caller) ? "principal" : null;
  if (ignoresPublic) return null;
  if (grantee.group === "AllUsers") return "principal";
  return grantee.group === "AuthenticatedUsers" && !isAnonymous ? "principal" : null;
}

function isLogDelivery({ principal }: Caller): boolean {
  return principal.kind === "service" && principal.service === LOGGING_SERVICE;
}

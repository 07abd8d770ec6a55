import type { RequestAccess } from "../auth/request-access.ts";
import type { S3Request } from "../http/s3-request.ts";
import { requireAcceptable } from "./acceptable-access-list.ts";
import { isOwnerOnly, printStoredAccessList } from "./access-list.ts";
import type { AccessListRequest } from "./access-list-request.ts";
import { planNewObject } from "./new-object.ts";

/** Who owns an object about to be written, and its access list in stored form (null: the owner's alone). */
export interface NewObjectOwner {
  readonly ownerId: string;
  readonly accessList: string | null;
}

/**
 * For an object that the request's caller writes to the request's address. Throws AccessControlListNotSupported,
 * AccessDenied (public lists are blocked), InvalidArgument (a grantee is unknown).
 */
export async function ownNewObject(
  asked: AccessListRequest | null,
  access: RequestAccess,
  { caller, objectKey }: Pick<S3Request, "caller" | "objectKey">,
): Promise<NewObjectOwner> {
  const { bucket, settings } = access;
  const { ownerId, list } = planNewObject(asked, settings.ownership, bucket.ownerId, caller.canonicalUserId);
  if (asked === null || settings.ownership === "BucketOwnerEnforced") return { ownerId, accessList: null };
  await requireAcceptable(list, access, { action: "s3:PutObject", bucket: bucket.name, objectKey });
  return { ownerId, accessList: isOwnerOnly(list, ownerId) ? null : printStoredAccessList(list) };
}

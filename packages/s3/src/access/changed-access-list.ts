import type { RequestAccess } from "../auth/request-access.ts";
import { s3Error } from "../errors.ts";
import type { RequiredPermission } from "../operation.ts";
import { requireAcceptable } from "./acceptable-access-list.ts";
import { isOwnerOnly, printStoredAccessList } from "./access-list.ts";
import type { AccessListChange } from "./access-list-body.ts";
import { requireNoOther, resolveAccessList } from "./new-object.ts";

/**
 * The stored form of the list that a bucket, or an object, of `ownerId` is to have; null: its owner's alone. Throws
 * AccessControlListNotSupported, AccessDenied (public lists are blocked, or another owner was named),
 * InvalidArgument (a grantee is unknown).
 */
export async function planChangedList(
  change: AccessListChange,
  ownerId: string,
  access: RequestAccess,
  permission: RequiredPermission,
): Promise<string | null> {
  const { bucket, settings } = access;
  if (change.kind === "document" && change.ownerId !== ownerId) {
    if ((await access.findAccountId(change.ownerId)) === null) {
      throw s3Error("InvalidArgument", {
        message: "Invalid id",
        fields: { ArgumentName: "CanonicalUser/ID", ArgumentValue: change.ownerId },
      });
    }
    throw s3Error("AccessDenied");
  }
  const list = change.kind === "document" ? change.list : resolveAccessList(change, ownerId, bucket.ownerId);
  if (settings.ownership === "BucketOwnerEnforced") {
    requireNoOther(
      change.kind === "document" ? { kind: "grants", grants: change.list } : change,
      bucket.ownerId,
    );
    return null;
  }
  await requireAcceptable(list, access, permission);
  return isOwnerOnly(list, ownerId) ? null : printStoredAccessList(list);
}

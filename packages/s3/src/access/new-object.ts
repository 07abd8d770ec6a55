import { s3Error } from "../errors.ts";
import { type AccessList, isOwnerOnly, ownerOnly } from "./access-list.ts";
import type { AccessListRequest } from "./access-list-request.ts";
import { cannedAccessList } from "./canned-access-list.ts";
import type { ObjectOwnership } from "./object-ownership.ts";

/** Whose an object will be, and who may do what to it. */
export interface NewObjectPlan {
  readonly ownerId: string;
  readonly list: AccessList;
}

/**
 * By the bucket's ownership rule: under BucketOwnerEnforced everything is the bucket owner's and a request may say so
 * and no more. Throws AccessControlListNotSupported.
 */
export function planNewObject(
  asked: AccessListRequest | null,
  ownership: ObjectOwnership,
  bucketOwnerId: string,
  writerId: string,
): NewObjectPlan {
  if (ownership === "BucketOwnerEnforced") {
    requireNoOther(asked, bucketOwnerId);
    return { ownerId: bucketOwnerId, list: ownerOnly(bucketOwnerId) };
  }
  const isHandedOver =
    ownership === "BucketOwnerPreferred" &&
    asked?.kind === "canned" &&
    asked.canned === "bucket-owner-full-control";
  const ownerId = isHandedOver ? bucketOwnerId : writerId;
  return { ownerId, list: resolveAccessList(asked, ownerId, bucketOwnerId) };
}

/** What a request's headers stand for, for a thing of `ownerId`. */
export function resolveAccessList(
  asked: AccessListRequest | null,
  ownerId: string,
  bucketOwnerId: string,
): AccessList {
  if (asked === null) return ownerOnly(ownerId);
  return asked.kind === "grants" ? asked.grants : cannedAccessList(asked.canned, ownerId, bucketOwnerId);
}

/** Where there are no access lists, a request may still say what holds anyway. Throws AccessControlListNotSupported. */
export function requireNoOther(asked: AccessListRequest | null, bucketOwnerId: string): void {
  if (asked === null) return;
  const holdsAnyway =
    asked.kind === "canned"
      ? asked.canned === "bucket-owner-full-control"
      : isOwnerOnly(asked.grants, bucketOwnerId);
  if (!holdsAnyway) throw s3Error("AccessControlListNotSupported");
}

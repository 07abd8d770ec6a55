import { invalidArgument } from "../errors.ts";
import { type AccessList, grantToGroup, grantToUser, ownerOnly } from "./access-list.ts";

/** Amazon EC2's own canonical user, to whom `aws-exec-read` grants reading. */
const EC2_CANONICAL_USER = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

const CANNED = [
  "private",
  "public-read",
  "public-read-write",
  "authenticated-read",
  "aws-exec-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
  "log-delivery-write",
] as const;
/** An access list by name. */
export type CannedAcl = (typeof CANNED)[number];

/** Throws InvalidArgument, which has no message here (recorded). */
export function requireCannedAcl(text: string): CannedAcl {
  const canned = CANNED.find((known) => known === text);
  if (canned === undefined) throw invalidArgument("", "x-amz-acl", text);
  return canned;
}

/** What a name stands for, for a thing of `ownerId` in (or being) a bucket of `bucketOwnerId`. */
export function cannedAccessList(canned: CannedAcl, ownerId: string, bucketOwnerId: string): AccessList {
  const own = ownerOnly(ownerId);
  switch (canned) {
    case "private":
      return own;
    case "public-read":
      return [...own, grantToGroup("AllUsers", "READ")];
    case "public-read-write":
      return [...own, grantToGroup("AllUsers", "READ"), grantToGroup("AllUsers", "WRITE")];
    case "authenticated-read":
      return [...own, grantToGroup("AuthenticatedUsers", "READ")];
    case "aws-exec-read":
      return [...own, grantToUser(EC2_CANONICAL_USER, "READ")];
    case "bucket-owner-read":
      return ownerId === bucketOwnerId ? own : [...own, grantToUser(bucketOwnerId, "READ")];
    case "bucket-owner-full-control":
      return ownerId === bucketOwnerId ? own : [...own, grantToUser(bucketOwnerId, "FULL_CONTROL")];
    case "log-delivery-write":
      return [...own, grantToGroup("LogDelivery", "WRITE"), grantToGroup("LogDelivery", "READ_ACP")];
  }
}

import { s3Error } from "../errors.ts";

export const ACL_PERMISSIONS = ["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"] as const;
export type AclPermission = (typeof ACL_PERMISSIONS)[number];

/** Amazon's predefined groups, by the last part of their URIs. */
const GROUP_URIS = {
  AllUsers: "http://acs.amazonaws.com/groups/global/AllUsers",
  AuthenticatedUsers: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
  LogDelivery: "http://acs.amazonaws.com/groups/s3/LogDelivery",
} as const;
export type Group = keyof typeof GROUP_URIS;
const GROUPS: readonly Group[] = ["AllUsers", "AuthenticatedUsers", "LogDelivery"];

export type Grantee =
  | { readonly kind: "user"; readonly canonicalUserId: string }
  | { readonly kind: "group"; readonly group: Group };

export interface Grant {
  readonly grantee: Grantee;
  readonly permission: AclPermission;
}

/** Who may do what to a bucket or an object, beside what policies say. */
export type AccessList = readonly Grant[];

/** S3's limit. */
export const MAX_GRANTS = 100;

export const grantToUser = (canonicalUserId: string, permission: AclPermission): Grant => ({
  grantee: { kind: "user", canonicalUserId },
  permission,
});
export const grantToGroup = (group: Group, permission: AclPermission): Grant => ({
  grantee: { kind: "group", group },
  permission,
});

/** What holds where nothing else was said. */
export const ownerOnly = (ownerId: string): AccessList => [grantToUser(ownerId, "FULL_CONTROL")];

export const groupUri = (group: Group): string => GROUP_URIS[group];
export const findGroup = (uri: string): Group | undefined =>
  GROUPS.find((group) => GROUP_URIS[group] === uri);
export const findAclPermission = (text: string): AclPermission | undefined =>
  ACL_PERMISSIONS.find((permission) => permission === text);

/** Whether it grants anything to people nobody knows: everybody, or everybody who has any account. */
export function isPublicAccessList(list: AccessList): boolean {
  return list.some(({ grantee }) => grantee.kind === "group" && grantee.group !== "LogDelivery");
}

export function isOwnerOnly(list: AccessList, ownerId: string): boolean {
  return (
    list.length > 0 &&
    list.every(
      ({ grantee, permission }) =>
        permission === "FULL_CONTROL" && grantee.kind === "user" && grantee.canonicalUserId === ownerId,
    )
  );
}

/** The stored form: `[["user", id, "READ"], ["group", "AllUsers", "READ"]]`. */
export function printStoredAccessList(list: AccessList): string {
  return JSON.stringify(
    list.map(({ grantee, permission }) => [
      grantee.kind,
      grantee.kind === "user" ? grantee.canonicalUserId : grantee.group,
      permission,
    ]),
  );
}

/** Throws InternalError for a document this program never wrote: a list that cannot be read grants nothing. */
export function parseStoredAccessList(document: string): AccessList {
  const parsed: unknown = JSON.parse(document);
  if (!Array.isArray(parsed)) throw s3Error("InternalError");
  return parsed.map((entry: unknown) => {
    if (!Array.isArray(entry)) throw s3Error("InternalError");
    const [kind, name, permissionName]: readonly unknown[] = entry;
    const permission = findAclPermission(String(permissionName));
    if (permission === undefined || typeof name !== "string") throw s3Error("InternalError");
    if (kind === "user") return grantToUser(name, permission);
    const group = GROUPS.find((known) => known === name);
    if (kind !== "group" || group === undefined) throw s3Error("InternalError");
    return grantToGroup(group, permission);
  });
}

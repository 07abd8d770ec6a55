import type { Entity } from "./entities.ts";

type Kind = Entity["kind"];
export type AttachmentUse = "permissions" | "boundary";

/** Changed by every commit to anything of this package: what caches compare. */
export const GENERATION_KEY = Buffer.from("iam/generation");

/** Parts of record keys never hold a slash, so that joined parts are never ambiguous. */
function keyOf(...parts: readonly string[]): Buffer {
  for (const part of parts)
    if (part.includes("/")) throw new TypeError("a part of a record key holds a slash");
  return Buffer.from(["iam", ...parts].join("/"));
}

export function entityKey(kind: Kind, accountId: string, id: string): Buffer {
  return keyOf(kind, accountId, id);
}

/** Names are unique without regard to case. */
export function nameKey(kind: Kind, accountId: string, name: string): Buffer {
  return keyOf(`${kind}-name`, accountId, name.toLowerCase());
}

export function namePrefix(kind: Kind, accountId: string): Buffer {
  return keyOf(`${kind}-name`, accountId, "");
}

export function memberKey(accountId: string, groupId: string, userId: string): Buffer {
  return keyOf("group-member", accountId, groupId, userId);
}

export function memberPrefix(accountId: string, groupId: string): Buffer {
  return keyOf("group-member", accountId, groupId, "");
}

/** `holderId` uses the policy `policyId`. */
export function attachmentKey(
  accountId: string,
  policyId: string,
  use: AttachmentUse,
  holderId: string,
): Buffer {
  return keyOf("attachment", accountId, policyId, use, holderId);
}

export function attachmentPrefix(accountId: string, policyId: string, use: AttachmentUse): Buffer {
  return keyOf("attachment", accountId, policyId, use, "");
}

/** The issuer holds slashes: its bytes as hex. */
export function oidcProviderKey(accountId: string, issuer: string): Buffer {
  return keyOf("oidc-provider", accountId, Buffer.from(issuer).toString("hex"));
}

export function oidcProviderPrefix(accountId: string): Buffer {
  return keyOf("oidc-provider", accountId, "");
}

export function accountAliasKey(accountId: string): Buffer {
  return keyOf("account-alias", accountId);
}

/** Whose alias it is: aliases are unique across accounts. */
export function aliasOwnerKey(alias: string): Buffer {
  return keyOf("alias-owner", alias);
}

export function accessKeyKey(accessKeyId: string): Buffer {
  return keyOf("access-key", accessKeyId);
}

export function accessKeyUseKey(accessKeyId: string): Buffer {
  return keyOf("access-key-use", accessKeyId);
}

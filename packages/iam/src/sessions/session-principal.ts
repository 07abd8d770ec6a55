import type { Account } from "../account.ts";
import { arnOf, rootArn } from "../identities/entities.ts";
import type { EntityReader } from "../identities/entity-reader.ts";
import { userPrincipal } from "../identities/user-principal.ts";
import type { Principal, RootPrincipal, Tags, UserPrincipal } from "../principal.ts";
import type { RoleHolder, RootHolder, Session, UserHolder } from "./session.ts";

/**
 * For whom a session speaks now. null when its user or role is gone: one made anew under the same name has another id
 * and does not inherit the session.
 */
export async function findSessionPrincipal(
  session: Session,
  account: Account,
  reader: Pick<EntityReader, "findById">,
): Promise<Principal | null> {
  const { holder } = session;
  switch (holder.kind) {
    case "role":
      return findRolePrincipal(holder, session.tags, account, reader);
    case "user":
    case "root":
      return findIssuer(holder, account, reader);
    case "federated-user": {
      const { accountId, federatedName } = holder;
      const issuer = await findIssuer(holder.issuer, account, reader);
      if (issuer === null) return null;
      return {
        kind: "federated-user",
        accountId,
        arn: federatedUserArn(accountId, federatedName),
        userId: `${accountId}:${federatedName}`,
        federatedName,
        issuer,
        tags: session.tags,
      };
    }
  }
}

export function federatedUserArn(accountId: string, federatedName: string): string {
  return `arn:aws:sts::${accountId}:federated-user/${federatedName}`;
}

/** The role's path is not part of it. */
export function assumedRoleArn(holder: Pick<RoleHolder, "accountId" | "roleName" | "sessionName">): string {
  return `arn:aws:sts::${holder.accountId}:assumed-role/${holder.roleName}/${holder.sessionName}`;
}

async function findRolePrincipal(
  holder: RoleHolder,
  sessionTags: Tags,
  account: Account,
  reader: Pick<EntityReader, "findById">,
): Promise<Principal | null> {
  const { accountId, roleId, roleName, sessionName } = holder;
  const role = await reader.findById("role", accountId, roleId);
  if (role === null) return null;
  return {
    kind: "role-session",
    accountId,
    canonicalUserId: account.canonicalUserId,
    arn: assumedRoleArn(holder),
    roleArn: arnOf(role),
    userId: `${roleId}:${sessionName}`,
    roleId,
    roleName,
    sessionName,
    tags: overrideTags(new Map(role.tags.map(({ key, value }) => [key, value])), sessionTags),
  };
}

/** Tag keys are told apart without regard to case. */
function overrideTags(tags: Tags, by: Tags): Tags {
  const names = new Set([...by.keys()].map((key) => key.toLowerCase()));
  return new Map([...[...tags].filter(([key]) => !names.has(key.toLowerCase())), ...by]);
}

async function findIssuer(
  holder: UserHolder | RootHolder,
  account: Account,
  reader: Pick<EntityReader, "findById">,
): Promise<UserPrincipal | RootPrincipal | null> {
  const { accountId } = holder;
  if (holder.kind === "root") {
    const { canonicalUserId } = account;
    return { kind: "root", accountId, canonicalUserId, arn: rootArn(accountId), userId: accountId };
  }
  const user = await reader.findById("user", accountId, holder.userId);
  return user === null ? null : userPrincipal(user);
}

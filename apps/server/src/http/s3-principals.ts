import type { AccountStore, IdentityStore, Role, User } from "@strongroom/iam";
import type { FoundPrincipal, PrincipalDirectory } from "@strongroom/s3";

const ARN = /^arn:aws:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)(?:\/(.+))?$/;

/** The accounts, users and roles of this server, as bucket policies name them. */
export function s3Principals(accounts: AccountStore, identities: IdentityStore): PrincipalDirectory {
  return {
    findPrincipal: async (name) => {
      const [, accountId = "", kind, rest = ""] = ARN.exec(name) ?? [];
      if (kind === undefined || (await accounts.findAccount(accountId)) === null) return null;
      const lastName = rest.slice(rest.lastIndexOf("/") + 1);
      switch (kind) {
        case "user":
          return findNamed(await identities.findUser(accountId, lastName), rest);
        case "role":
          return findNamed(await identities.findRole(accountId, lastName), rest);
        case "assumed-role": {
          const role = await identities.findRole(accountId, rest.slice(0, rest.indexOf("/")));
          return role === null ? null : { uniqueId: null };
        }
        default:
          return { uniqueId: null };
      }
    },
    hasCanonicalUser: async (canonicalUserId) =>
      (await accounts.findAccountByCanonicalUserId(canonicalUserId)) !== null,
  };
}

/** The path is part of the name an ARN gives. */
function findNamed(identity: User | Role | null, rest: string): FoundPrincipal | null {
  if (identity === null || `${identity.path}${identity.name}` !== `/${rest}`) return null;
  return { uniqueId: identity.id };
}

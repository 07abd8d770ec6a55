import type { AccountStore, IdentityStore } from "@strongroom/iam";
import type { PrincipalDirectory } from "@strongroom/s3";

const ARN = /^arn:aws:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)(?:\/(.+))?$/;

/** The accounts, users and roles of this server, as bucket policies name them. */
export function s3Principals(accounts: AccountStore, identities: IdentityStore): PrincipalDirectory {
  return {
    hasPrincipal: async (name) => {
      const [, accountId = "", kind, rest = ""] = ARN.exec(name) ?? [];
      if (kind === undefined || (await accounts.findAccount(accountId)) === null) return false;
      const lastName = rest.slice(rest.lastIndexOf("/") + 1);
      switch (kind) {
        case "user":
          return isNamed(await identities.findUser(accountId, lastName), rest);
        case "role":
          return isNamed(await identities.findRole(accountId, lastName), rest);
        case "assumed-role":
          return (await identities.findRole(accountId, rest.slice(0, rest.indexOf("/")))) !== null;
        default:
          return true;
      }
    },
    hasCanonicalUser: async (canonicalUserId) =>
      (await accounts.findAccountByCanonicalUserId(canonicalUserId)) !== null,
  };
}

/** The path is part of the name an ARN gives. */
function isNamed(identity: { readonly path: string; readonly name: string } | null, rest: string): boolean {
  return identity !== null && `${identity.path}${identity.name}` === `/${rest}`;
}

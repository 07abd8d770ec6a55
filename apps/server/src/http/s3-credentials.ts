import type { AccessKeyUses, AccountStore, CallerCredentials } from "@strongroom/iam";
import type { CredentialSource } from "@strongroom/s3";

/** Whoever signed a request, as S3 wants to see its callers. */
export function s3Credentials(
  accounts: AccountStore,
  credentials: CallerCredentials,
  accessKeyUses: AccessKeyUses,
): CredentialSource {
  return {
    find: async (accessKeyId, securityToken) => {
      const credential = await credentials.find(accessKeyId, securityToken);
      if (credential === null) return null;
      const { account, principal, session, secretAccessKey } = credential;
      return {
        secret: secretAccessKey,
        onVerified: () => {
          if (session === null) accessKeyUses.note(accessKeyId, "s3");
        },
        caller: {
          principal,
          session,
          accountId: account.accountId,
          canonicalUserId: account.canonicalUserId,
          arn: "arn" in principal ? principal.arn : "",
          displayName: account.name,
        },
      };
    },
    findAccountId: async (canonicalUserId) =>
      (await accounts.findAccountByCanonicalUserId(canonicalUserId))?.accountId ?? null,
  };
}

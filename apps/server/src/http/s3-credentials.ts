import { type AccountStore, SessionTokenError } from "@strongroom/iam";
import type { CredentialSource } from "@strongroom/s3";

/** Accounts as S3 wants to see its callers. */
export function s3Credentials(accounts: AccountStore): CredentialSource {
  return {
    find: async (accessKeyId, securityToken) => {
      if (securityToken !== null) throw new SessionTokenError("InvalidToken");
      const credential = await accounts.findCredential(accessKeyId);
      if (credential === null) return null;
      const { account, principal, secretAccessKey } = credential;
      return {
        secret: secretAccessKey,
        caller: {
          principal,
          session: null,
          accountId: account.accountId,
          canonicalUserId: account.canonicalUserId,
          arn: principal.arn,
          displayName: account.name,
          isServerRoot: account.isServerRoot,
        },
      };
    },
    findAccountId: async (canonicalUserId) =>
      (await accounts.findAccountByCanonicalUserId(canonicalUserId))?.accountId ?? null,
  };
}

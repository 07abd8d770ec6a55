import type { Account, IdentityStore, Principal, Role, Tags } from "@strongroom/iam";
import { userPrincipal } from "@strongroom/iam";
import type { Caller } from "@strongroom/s3";

const PAGE = 200;

/** Everybody who can have keys or sessions: the root, the users and the roles of each account. */
export async function* everyCaller(
  accounts: readonly Account[],
  identities: IdentityStore,
): AsyncGenerator<Caller> {
  for (const account of accounts) {
    const { accountId } = account;
    yield callerOf(account, {
      kind: "root",
      accountId,
      arn: `arn:aws:iam::${accountId}:root`,
      userId: accountId,
    });
    for (const kind of ["user", "role"] as const) {
      for (let after: string | null = null; ; ) {
        const page: Awaited<ReturnType<typeof identities.page<typeof kind>>> = await identities.page(
          kind,
          accountId,
          after,
          PAGE,
        );
        for (const entity of page) {
          yield callerOf(account, entity.kind === "user" ? userPrincipal(entity) : anySession(entity));
        }
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) break;
        after = last.name;
      }
    }
  }
}

/** A role as whoever assumes it without a session policy. */
function anySession(role: Role): Exclude<Principal, { kind: "anonymous" }> {
  const { accountId, name, path, id } = role;
  const sessionName = "any-session";
  return {
    kind: "role-session",
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${sessionName}`,
    roleArn: `arn:aws:iam::${accountId}:role${path}${name}`,
    userId: `${id}:${sessionName}`,
    roleId: id,
    roleName: name,
    sessionName,
    tags: tagsOf(role),
  };
}

function tagsOf({ tags }: Role): Tags {
  return new Map(tags.map(({ key, value }) => [key, value]));
}

function callerOf(account: Account, principal: Exclude<Principal, { kind: "anonymous" }>): Caller {
  return {
    principal,
    session: null,
    accountId: account.accountId,
    canonicalUserId: account.canonicalUserId,
    arn: "arn" in principal ? principal.arn : "",
    displayName: account.name,
  };
}

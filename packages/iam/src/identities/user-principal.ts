import type { UserPrincipal } from "../principal.ts";
import { arnOf, type User } from "./entities.ts";

/** Who makes the requests that are signed with a key of this user. */
export function userPrincipal(user: User): UserPrincipal {
  return {
    kind: "user",
    accountId: user.accountId,
    arn: arnOf(user),
    userId: user.id,
    userName: user.name,
    tags: new Map(user.tags.map(({ key, value }) => [key, value])),
  };
}

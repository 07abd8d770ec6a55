import type { Group, User } from "../identities/entities.ts";
import { memberPrefix } from "../identities/entity-keys.ts";
import type { PageRequest } from "./input-reader.ts";
import type { IamCall } from "./operation.ts";
import { type Page, pageOfList } from "./page.ts";

/** The users of a group, by name. A user that was removed meanwhile is left out. */
export async function pageOfMembers(call: IamCall, group: Group, page: PageRequest): Promise<Page<User>> {
  const { accountId, identities } = call;
  const prefix = memberPrefix(accountId, group.id);
  const users: User[] = [];
  let after: Uint8Array | null = null;
  for (;;) {
    const found: Awaited<ReturnType<typeof identities.records.page>> = await identities.records.page(
      prefix,
      after,
      500,
    );
    for (const { key } of found) {
      const user = await identities.reader.findById(
        "user",
        accountId,
        Buffer.from(key.subarray(prefix.length)).toString(),
      );
      if (user !== null) users.push(user);
    }
    const last = found.at(-1);
    if (last === undefined || found.length < 500) break;
    after = last.key;
  }
  return pageOfList(
    users.sort((a, b) => (a.name < b.name ? -1 : 1)),
    page,
  );
}

/** In the order in which the user joined them. */
export async function groupsOf(call: IamCall, user: User): Promise<readonly Group[]> {
  const { reader } = call.identities;
  const groups = await Promise.all(user.groupIds.map((id) => reader.findById("group", call.accountId, id)));
  return groups.filter((group) => group !== null);
}

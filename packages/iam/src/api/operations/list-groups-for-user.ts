import { memberList } from "@strongroom/wire";
import { EXISTING_USER_NAME } from "../constraints.ts";
import { groupsOf } from "../group-members.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printGroup } from "../print-entities.ts";
import { requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const listGroupsForUser = operation({
  name: "ListGroupsForUser",
  read: (input) => ({ name: input.required("UserName", EXISTING_USER_NAME), page: input.page() }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: async (call, { name, page }) => {
    const user = await requireUser(call.identities.reader, call.accountId, name);
    const shown = pageOfList(await groupsOf(call, user), page);
    return [memberList("Groups", shown.items, printGroup), ...printPage(shown)];
  },
});

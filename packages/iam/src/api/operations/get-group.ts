import { element, memberList } from "@strongroom/wire";
import { GROUP_NAME } from "../constraints.ts";
import { pageOfMembers } from "../group-members.ts";
import { operation } from "../operation.ts";
import { printPage } from "../page.ts";
import { printGroup, printUser } from "../print-entities.ts";
import { requireGroup } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const getGroup = operation({
  name: "GetGroup",
  read: (input) => ({ name: input.required("GroupName", GROUP_NAME), page: input.page() }),
  target: (call, { name }) => holderTarget(call, "group", name),
  run: async (call, { name, page }) => {
    const group = await requireGroup(call.identities.reader, call.accountId, name);
    const shown = await pageOfMembers(call, group, page);
    const view = { withTags: false, withBoundary: false };
    return [
      element("Group", printGroup(group)),
      memberList("Users", shown.items, (user) => printUser(user, view)),
      ...printPage(shown),
    ];
  },
});

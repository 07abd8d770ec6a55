import { memberList } from "@strongroom/wire";
import { GROUP_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { requireGroup } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

/** Names of inline policies. */
export const listGroupPolicies = operation({
  name: "ListGroupPolicies",
  read: (input) => ({ name: input.required("GroupName", GROUP_NAME), page: input.page() }),
  target: (call, { name }) => holderTarget(call, "group", name),
  run: async (call, { name, page }) => {
    const group = await requireGroup(call.identities.reader, call.accountId, name);
    const shown = pageOfList(group.inlinePolicies, page);
    return [memberList("PolicyNames", shown.items, ({ policyName }) => policyName), ...printPage(shown)];
  },
});

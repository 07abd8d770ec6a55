import { memberList } from "@strongroom/wire";
import { EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

/** Names of inline policies. */
export const listUserPolicies = operation({
  name: "ListUserPolicies",
  read: (input) => ({ name: input.required("UserName", EXISTING_USER_NAME), page: input.page() }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: async (call, { name, page }) => {
    const user = await requireUser(call.identities.reader, call.accountId, name);
    const shown = pageOfList(user.inlinePolicies, page);
    return [memberList("PolicyNames", shown.items, ({ policyName }) => policyName), ...printPage(shown)];
  },
});

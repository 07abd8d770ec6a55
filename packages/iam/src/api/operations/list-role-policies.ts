import { memberList } from "@strongroom/wire";
import { ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

/** Names of inline policies. */
export const listRolePolicies = operation({
  name: "ListRolePolicies",
  read: (input) => ({ name: input.required("RoleName", ROLE_NAME), page: input.page() }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name, page }) => {
    const role = await requireRole(call.identities.reader, call.accountId, name);
    const shown = pageOfList(role.inlinePolicies, page);
    return [memberList("PolicyNames", shown.items, ({ policyName }) => policyName), ...printPage(shown)];
  },
});

import { POLICY_PATH, ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printAttached } from "../print-entities.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const listAttachedRolePolicies = operation({
  name: "ListAttachedRolePolicies",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    pathPrefix: input.optional("PathPrefix", POLICY_PATH) ?? "/",
    page: input.page(),
  }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name, pathPrefix, page }) => {
    const role = await requireRole(call.identities.reader, call.accountId, name);
    const below = role.attachedPolicies.filter((arn) => arn.slice(arn.indexOf("/")).startsWith(pathPrefix));
    const shown = pageOfList(below, page);
    return [printAttached("AttachedPolicies", shown.items), ...printPage(shown)];
  },
});

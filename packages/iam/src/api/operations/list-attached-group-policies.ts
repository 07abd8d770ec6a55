import { GROUP_NAME, POLICY_PATH } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printAttached } from "../print-entities.ts";
import { requireGroup } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const listAttachedGroupPolicies = operation({
  name: "ListAttachedGroupPolicies",
  read: (input) => ({
    name: input.required("GroupName", GROUP_NAME),
    pathPrefix: input.optional("PathPrefix", POLICY_PATH) ?? "/",
    page: input.page(),
  }),
  target: (call, { name }) => holderTarget(call, "group", name),
  run: async (call, { name, pathPrefix, page }) => {
    const group = await requireGroup(call.identities.reader, call.accountId, name);
    const below = group.attachedPolicies.filter((arn) => arn.slice(arn.indexOf("/")).startsWith(pathPrefix));
    const shown = pageOfList(below, page);
    return [printAttached("AttachedPolicies", shown.items), ...printPage(shown)];
  },
});

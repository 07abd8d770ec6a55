import { EXISTING_USER_NAME, POLICY_PATH } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printAttached } from "../print-entities.ts";
import { requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const listAttachedUserPolicies = operation({
  name: "ListAttachedUserPolicies",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    pathPrefix: input.optional("PathPrefix", POLICY_PATH) ?? "/",
    page: input.page(),
  }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: async (call, { name, pathPrefix, page }) => {
    const user = await requireUser(call.identities.reader, call.accountId, name);
    const below = user.attachedPolicies.filter((arn) => arn.slice(arn.indexOf("/")).startsWith(pathPrefix));
    const shown = pageOfList(below, page);
    return [printAttached("AttachedPolicies", shown.items), ...printPage(shown)];
  },
});

import { ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printTags } from "../print-entities.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const listRoleTags = operation({
  name: "ListRoleTags",
  read: (input) => ({ name: input.required("RoleName", ROLE_NAME), page: input.page() }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name, page }) => {
    const role = await requireRole(call.identities.reader, call.accountId, name);
    const shown = pageOfList(role.tags, page);
    return [printTags(shown.items), ...printPage(shown)];
  },
});

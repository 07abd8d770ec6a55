import { EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printTags } from "../print-entities.ts";
import { requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const listUserTags = operation({
  name: "ListUserTags",
  read: (input) => ({ name: input.required("UserName", EXISTING_USER_NAME), page: input.page() }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: async (call, { name, page }) => {
    const user = await requireUser(call.identities.reader, call.accountId, name);
    const shown = pageOfList(user.tags, page);
    return [printTags(shown.items), ...printPage(shown)];
  },
});

import { memberList } from "@strongroom/wire";
import { accountAliasKey } from "../../identities/entity-keys.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { NO_RESOURCE } from "../targets.ts";

export const listAccountAliases = operation({
  name: "ListAccountAliases",
  read: (input) => ({ page: input.page() }),
  target: () => NO_RESOURCE,
  run: async (call, { page }) => {
    const alias = await call.identities.records.get(accountAliasKey(call.accountId));
    const shown = pageOfList(alias === null ? [] : [Buffer.from(alias).toString()], page);
    return [memberList("AccountAliases", shown.items, (each) => each), ...printPage(shown)];
  },
});

import { memberList } from "@strongroom/wire";
import { PATH_PREFIX } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfEntities, printPage } from "../page.ts";
import { printGroup } from "../print-entities.ts";
import { listTarget } from "../targets.ts";

export const listGroups = operation({
  name: "ListGroups",
  read: (input) => ({ pathPrefix: input.optional("PathPrefix", PATH_PREFIX) ?? "/", page: input.page() }),
  target: (call, { pathPrefix }) => listTarget(call, "group", pathPrefix),
  run: async (call, { pathPrefix, page }) => {
    const shown = await pageOfEntities(call, "group", page, ({ path }) => path.startsWith(pathPrefix));
    return [memberList("Groups", shown.items, printGroup), ...printPage(shown)];
  },
});

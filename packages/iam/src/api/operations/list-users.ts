import { memberList } from "@strongroom/wire";
import { PATH_PREFIX } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfEntities, printPage } from "../page.ts";
import { printUser } from "../print-entities.ts";
import { listTarget } from "../targets.ts";

export const listUsers = operation({
  name: "ListUsers",
  read: (input) => ({ pathPrefix: input.optional("PathPrefix", PATH_PREFIX) ?? "/", page: input.page() }),
  target: (call, { pathPrefix }) => listTarget(call, "user", pathPrefix),
  run: async (call, { pathPrefix, page }) => {
    const shown = await pageOfEntities(call, "user", page, ({ path }) => path.startsWith(pathPrefix));
    const view = { withTags: false, withBoundary: false };
    return [memberList("Users", shown.items, (user) => printUser(user, view)), ...printPage(shown)];
  },
});

import { memberList } from "@strongroom/wire";
import { PATH_PREFIX } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfEntities, printPage } from "../page.ts";
import { printRole } from "../print-entities.ts";
import { listTarget } from "../targets.ts";

export const listRoles = operation({
  name: "ListRoles",
  read: (input) => ({ pathPrefix: input.optional("PathPrefix", PATH_PREFIX) ?? "/", page: input.page() }),
  target: (call, { pathPrefix }) => listTarget(call, "role", pathPrefix),
  run: async (call, { pathPrefix, page }) => {
    const shown = await pageOfEntities(call, "role", page, ({ path }) => path.startsWith(pathPrefix));
    const view = { withTags: false, withBoundary: false };
    return [memberList("Roles", shown.items, (role) => printRole(role, view)), ...printPage(shown)];
  },
});

import { memberList } from "@strongroom/wire";
import { pageOfDetails } from "../authorization-details.ts";
import { operation } from "../operation.ts";
import { printPage } from "../page.ts";
import { printGroupDetail, printPolicyDetail, printRoleDetail, printUserDetail } from "../print-details.ts";
import { NO_RESOURCE } from "../targets.ts";

const SECTIONS = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];

export const getAccountAuthorizationDetails = operation({
  name: "GetAccountAuthorizationDetails",
  read: (input) => ({
    filter: input.texts("Filter", { oneOf: SECTIONS }, SECTIONS.length),
    page: input.page(),
  }),
  target: () => NO_RESOURCE,
  run: async (call, { filter, page }) => {
    const shown = await pageOfDetails(call, filter.length === 0 ? SECTIONS : filter, page);
    const { users, groups, roles, policies } = shown;
    return [
      memberList("UserDetailList", users, printUserDetail),
      memberList("GroupDetailList", groups, printGroupDetail),
      memberList("RoleDetailList", roles, printRoleDetail),
      memberList("Policies", policies, printPolicyDetail),
      ...printPage(shown),
    ];
  },
});

import { memberList } from "@strongroom/wire";
import { POLICY_PATH } from "../constraints.ts";
import { operation } from "../operation.ts";
import { printPage } from "../page.ts";
import { pageOfPolicies } from "../policy-listing.ts";
import { printAwsPolicy, printPolicy } from "../print-entities.ts";
import { policiesTarget } from "../targets.ts";

/** The account's own policies by name, then AWS's. */
export const listPolicies = operation({
  name: "ListPolicies",
  read: (input) => ({
    scope: input.optional("Scope", { oneOf: ["All", "AWS", "Local"] }) ?? "All",
    onlyAttached: input.flag("OnlyAttached"),
    pathPrefix: input.optional("PathPrefix", POLICY_PATH) ?? "/",
    usage:
      input.optional("PolicyUsageFilter", { oneOf: ["PermissionsPolicy", "PermissionsBoundary"] }) ?? null,
    page: input.page(),
  }),
  target: (call, { pathPrefix }) => policiesTarget(call, pathPrefix),
  run: async (call, { page, ...filter }) => {
    const shown = await pageOfPolicies(call, filter, page);
    const view = { withTags: false };
    return [
      memberList("Policies", shown.items, (listed) =>
        listed.kind === "policy"
          ? printPolicy(listed, view)
          : printAwsPolicy(listed.policy, listed.use, view),
      ),
      ...printPage(shown),
    ];
  },
});

import { element, memberList } from "@strongroom/wire";
import type { PolicyHolder } from "../../identities/entities.ts";
import { listHolders } from "../attachments.ts";
import { ARN, PATH } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { requirePolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const listEntitiesForPolicy = operation({
  name: "ListEntitiesForPolicy",
  read: (input) => ({
    policyArn: input.required("PolicyArn", ARN),
    filter:
      input.optional("EntityFilter", {
        oneOf: ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"],
      }) ?? null,
    pathPrefix: input.optional("PathPrefix", PATH) ?? "/",
    usage:
      input.optional("PolicyUsageFilter", { oneOf: ["PermissionsPolicy", "PermissionsBoundary"] }) ?? null,
    page: input.page(),
  }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: async (call, { policyArn, filter, pathPrefix, usage, page }) => {
    const policy = await requirePolicy(call.identities.reader, call.accountId, policyArn);
    const attached = usage === "PermissionsBoundary" ? [] : await listHolders(call, policy.id, "permissions");
    const bounded = usage === "PermissionsPolicy" ? [] : await listHolders(call, policy.id, "boundary");
    const byId = new Map([...attached, ...bounded].map((holder) => [holder.id, holder]));
    const accepted = [...byId.values()].filter(
      ({ kind, path }) => path.startsWith(pathPrefix) && (filter === null || filter.toLowerCase() === kind),
    );
    const shown = pageOfList(accepted, page);
    const named = (kind: PolicyHolder["kind"], list: string, prefix: string) =>
      memberList(
        list,
        shown.items.filter((holder) => holder.kind === kind),
        ({ name, id }) => [element(`${prefix}Name`, name), element(`${prefix}Id`, id)],
      );
    return [
      named("group", "PolicyGroups", "Group"),
      named("user", "PolicyUsers", "User"),
      named("role", "PolicyRoles", "Role"),
      ...printPage(shown),
    ];
  },
});

import { type AwsManagedPolicy, listAwsManagedPolicies } from "../identities/aws-managed-policies.ts";
import type { ManagedPolicy } from "../identities/entities.ts";
import { countUses } from "./attachments.ts";
import type { PageRequest } from "./input-reader.ts";
import type { IamCall } from "./operation.ts";
import { type Page, pageOfList } from "./page.ts";
import type { AwsPolicyUse } from "./print-entities.ts";

export interface PolicyFilter {
  readonly scope: string;
  readonly onlyAttached: boolean;
  readonly pathPrefix: string;
  readonly usage: string | null;
}

export type ListedPolicy =
  | ManagedPolicy
  | { readonly kind: "aws-policy"; readonly policy: AwsManagedPolicy; readonly use: AwsPolicyUse };

/** The account's own policies by name, then AWS's by name. */
export async function pageOfPolicies(
  call: IamCall,
  filter: PolicyFilter,
  page: PageRequest,
): Promise<Page<ListedPolicy>> {
  const own = filter.scope === "AWS" ? [] : await listOwnPolicies(call);
  const listed: ListedPolicy[] = own.filter((policy) => accepts(filter, policy.path, policy));
  if (filter.scope !== "Local") {
    for (const policy of listAwsManagedPolicies()) {
      const use = await countUses(call, policy.id);
      if (accepts(filter, policy.path, use)) listed.push({ kind: "aws-policy", policy, use });
    }
  }
  return pageOfList(listed, page);
}

/** All of them: an account has 1,500 at most. */
export async function listOwnPolicies(call: IamCall): Promise<readonly ManagedPolicy[]> {
  const policies: ManagedPolicy[] = [];
  let after: string | null = null;
  for (;;) {
    const found: readonly ManagedPolicy[] = await call.identities.page("policy", call.accountId, after, 200);
    policies.push(...found);
    const last = found.at(-1);
    if (last === undefined || found.length < 200) return policies;
    after = last.name;
  }
}

function accepts(filter: PolicyFilter, path: string, use: AwsPolicyUse): boolean {
  if (!path.startsWith(filter.pathPrefix)) return false;
  if (filter.onlyAttached && use.attachmentCount + use.boundaryCount === 0) return false;
  if (filter.usage === "PermissionsBoundary") return use.boundaryCount > 0;
  if (filter.usage === "PermissionsPolicy") return use.attachmentCount > 0;
  return true;
}

import { listAwsManagedPolicies } from "../identities/aws-managed-policies.ts";
import type { Group, PolicyHolder, Role, User } from "../identities/entities.ts";
import { countUses } from "./attachments.ts";
import { groupsOf } from "./group-members.ts";
import type { PageRequest } from "./input-reader.ts";
import type { IamCall } from "./operation.ts";
import { pageOfList } from "./page.ts";
import { type ListedPolicy, listOwnPolicies } from "./policy-listing.ts";

export interface UserDetail {
  readonly user: User;
  readonly groups: readonly Group[];
}

export interface DetailsPage {
  readonly users: readonly UserDetail[];
  readonly groups: readonly Group[];
  readonly roles: readonly Role[];
  readonly policies: readonly ListedPolicy[];
  readonly next: string | null;
}

type Item = PolicyHolder | ListedPolicy;

/** One listing of everything in the sections that were asked for: users, groups, roles, policies, in this order. */
export async function pageOfDetails(
  call: IamCall,
  sections: readonly string[],
  page: PageRequest,
): Promise<DetailsPage> {
  const listed: (readonly Item[])[] = [];
  if (sections.includes("User")) listed.push(await listAll(call, "user"));
  if (sections.includes("Group")) listed.push(await listAll(call, "group"));
  if (sections.includes("Role")) listed.push(await listAll(call, "role"));
  if (sections.includes("LocalManagedPolicy")) listed.push(await listOwnPolicies(call));
  if (sections.includes("AWSManagedPolicy")) listed.push(await listUsedAwsPolicies(call));
  const shown = pageOfList(listed.flat(), page);
  const users = shown.items.filter((item) => item.kind === "user");
  return {
    users: await Promise.all(users.map(async (user) => ({ user, groups: await groupsOf(call, user) }))),
    groups: shown.items.filter((item) => item.kind === "group"),
    roles: shown.items.filter((item) => item.kind === "role"),
    policies: shown.items.filter((item) => item.kind === "policy" || item.kind === "aws-policy"),
    next: shown.next,
  };
}

async function listAll(call: IamCall, kind: PolicyHolder["kind"]): Promise<readonly PolicyHolder[]> {
  const entities: PolicyHolder[] = [];
  let after: string | null = null;
  for (;;) {
    const found: readonly PolicyHolder[] = await call.identities.page(kind, call.accountId, after, 500);
    entities.push(...found);
    const last = found.at(-1);
    if (last === undefined || found.length < 500) return entities;
    after = last.name;
  }
}

/** AWS's policies that something in this account uses. */
async function listUsedAwsPolicies(call: IamCall): Promise<readonly ListedPolicy[]> {
  const listed: ListedPolicy[] = [];
  for (const policy of listAwsManagedPolicies()) {
    const use = await countUses(call, policy.id);
    if (use.attachmentCount + use.boundaryCount > 0) listed.push({ kind: "aws-policy", policy, use });
  }
  return listed;
}

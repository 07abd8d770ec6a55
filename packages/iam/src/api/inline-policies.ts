import type { InlinePolicy } from "../identities/entities.ts";
import { IamApiError } from "./iam-api-error.ts";
import type { IamCall } from "./operation.ts";
import { requireIdentityPolicy, sizeOfPolicy } from "./policy-text.ts";
import { QUOTAS } from "./quotas.ts";
import { type HolderKind, noSuchEntity, requireHolder } from "./require-entity.ts";

/** All inline policies of one holder together. */
const SIZE_QUOTAS = {
  user: QUOTAS.userPolicySize,
  group: QUOTAS.groupPolicySize,
  role: QUOTAS.rolePolicySize,
} as const;

/** Adds or replaces. Throws NoSuchEntity, MalformedPolicyDocument, LimitExceeded. */
export function putInlinePolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policy: InlinePolicy,
): Promise<void> {
  requireIdentityPolicy(policy.document);
  const { accountId, identities } = call;
  return identities.change(async (transaction) => {
    const holder = await requireHolder(transaction, kind, accountId, name);
    const others = holder.inlinePolicies.filter(({ policyName }) => policyName !== policy.policyName);
    const inlinePolicies = [...others, policy].sort((a, b) => (a.policyName < b.policyName ? -1 : 1));
    const size = inlinePolicies.reduce((sum, { document }) => sum + sizeOfPolicy(document), 0);
    if (size > SIZE_QUOTAS[kind]) {
      throw new IamApiError(
        "LimitExceeded",
        `Maximum policy size of ${SIZE_QUOTAS[kind]} bytes exceeded for ${kind} ${name}`,
      );
    }
    transaction.put({ ...holder, inlinePolicies });
  });
}

/** Throws NoSuchEntity. */
export async function getInlinePolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policyName: string,
): Promise<InlinePolicy> {
  const holder = await requireHolder(call.identities.reader, kind, call.accountId, name);
  const policy = holder.inlinePolicies.find((each) => each.policyName === policyName);
  if (policy === undefined) throw absent(kind, policyName);
  return policy;
}

/** Throws NoSuchEntity. */
export function deleteInlinePolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policyName: string,
): Promise<void> {
  const { accountId, identities } = call;
  return identities.change(async (transaction) => {
    const holder = await requireHolder(transaction, kind, accountId, name);
    const inlinePolicies = holder.inlinePolicies.filter((each) => each.policyName !== policyName);
    if (inlinePolicies.length === holder.inlinePolicies.length) throw absent(kind, policyName);
    transaction.put({ ...holder, inlinePolicies });
  });
}

function absent(kind: HolderKind, policyName: string): IamApiError {
  return noSuchEntity(`The ${kind} policy with name ${policyName} cannot be found.`);
}

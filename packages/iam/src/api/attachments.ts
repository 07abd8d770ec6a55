import type { AwsManagedPolicy } from "../identities/aws-managed-policies.ts";
import type { ManagedPolicy, PolicyHolder, Role, User } from "../identities/entities.ts";
import { type AttachmentUse, attachmentPrefix } from "../identities/entity-keys.ts";
import type { IdentityTransaction } from "../identities/identity-transaction.ts";
import { IamApiError } from "./iam-api-error.ts";
import type { IamCall } from "./operation.ts";
import { QUOTAS } from "./quotas.ts";
import {
  findPolicyByArn,
  type HolderKind,
  noSuchEntity,
  requireAttachable,
  requireHolder,
} from "./require-entity.ts";

const QUOTA_NAMES = {
  user: ["PoliciesPerUser", QUOTAS.attachedPoliciesPerUser],
  group: ["PoliciesPerGroup", QUOTAS.attachedPoliciesPerGroup],
  role: ["PoliciesPerRole", QUOTAS.attachedPoliciesPerRole],
} as const;

/** Attaching what is attached changes nothing. Throws NoSuchEntity, LimitExceeded. */
export function attachPolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policyArn: string,
): Promise<void> {
  const { accountId, identities } = call;
  return identities.change(async (transaction) => {
    const holder = await requireHolder(transaction, kind, accountId, name);
    const policy = await requireAttachable(transaction, accountId, policyArn);
    if (holder.attachedPolicies.includes(policyArn)) return;
    const [quota, most] = QUOTA_NAMES[kind];
    if (holder.attachedPolicies.length >= most) {
      throw new IamApiError("LimitExceeded", `Cannot exceed quota for ${quota}: ${most}`);
    }
    transaction.put({ ...holder, attachedPolicies: [...holder.attachedPolicies, policyArn] });
    countUse(transaction, policy, holder, "permissions", true);
  });
}

/** Throws NoSuchEntity, also when the policy is not attached. */
export function detachPolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policyArn: string,
): Promise<void> {
  const { accountId, identities } = call;
  return identities.change(async (transaction) => {
    const holder = await requireHolder(transaction, kind, accountId, name);
    const policy = await findPolicyByArn(transaction, accountId, policyArn);
    if (policy === null || !holder.attachedPolicies.includes(policyArn)) {
      throw noSuchEntity(`Policy ${policyArn} was not found.`);
    }
    const attachedPolicies = holder.attachedPolicies.filter((arn) => arn !== policyArn);
    transaction.put({ ...holder, attachedPolicies });
    countUse(transaction, policy, holder, "permissions", false);
  });
}

/** Sets, replaces or (null) takes away the boundary of a user or role that was read in this transaction. */
export async function changeBoundary<Bounded extends User | Role>(
  transaction: IdentityTransaction,
  holder: Bounded,
  boundary: string | null,
): Promise<Bounded> {
  const { accountId } = holder;
  if (holder.boundary === boundary) return holder;
  if (holder.boundary !== null) {
    const before = await findPolicyByArn(transaction, accountId, holder.boundary);
    if (before !== null) countUse(transaction, before, holder, "boundary", false);
  }
  if (boundary !== null) {
    const after = await requireAttachable(transaction, accountId, boundary);
    countUse(transaction, after, holder, "boundary", true);
  }
  return { ...holder, boundary };
}

/** Writes that a policy is, or no longer is, in use; so it cannot be deleted at the same moment. */
function countUse(
  transaction: IdentityTransaction,
  policy: ManagedPolicy | AwsManagedPolicy,
  holder: PolicyHolder,
  use: AttachmentUse,
  isAttached: boolean,
): void {
  transaction.setAttachment(policy, use, holder, isAttached);
  if (policy.kind !== "policy") return;
  const step = isAttached ? 1 : -1;
  transaction.put(
    use === "boundary"
      ? { ...policy, boundaryCount: policy.boundaryCount + step }
      : { ...policy, attachmentCount: policy.attachmentCount + step },
  );
}

/** Who uses a policy, by kind. Resolves each holder; one that was removed meanwhile is left out. */
export async function listHolders(
  call: IamCall,
  policyId: string,
  use: AttachmentUse,
): Promise<readonly PolicyHolder[]> {
  const { accountId, identities } = call;
  const prefix = attachmentPrefix(accountId, policyId, use);
  const holders: PolicyHolder[] = [];
  let after: Uint8Array | null = null;
  for (;;) {
    const found: Awaited<ReturnType<typeof identities.records.page>> = await identities.records.page(
      prefix,
      after,
      500,
    );
    for (const { key, value } of found) {
      const kind = Buffer.from(value).toString();
      const id = Buffer.from(key.subarray(prefix.length)).toString();
      if (kind !== "user" && kind !== "group" && kind !== "role") continue;
      const holder = await identities.reader.findById(kind, accountId, id);
      if (holder !== null) holders.push(holder);
    }
    const last = found.at(-1);
    if (last === undefined || found.length < 500) return holders;
    after = last.key;
  }
}

/** How many use one of AWS's policies in this account. */
export async function countUses(call: IamCall, policyId: string) {
  const count = async (use: AttachmentUse): Promise<number> =>
    (await call.identities.records.list(attachmentPrefix(call.accountId, policyId, use))).length;
  return { attachmentCount: await count("permissions"), boundaryCount: await count("boundary") };
}

import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireOwnPolicy } from "../require-entity.ts";
import { withTags } from "../tag-edits.ts";
import { policyTarget } from "../targets.ts";

export const tagPolicy = operation({
  name: "TagPolicy",
  read: (input) => ({ policyArn: input.required("PolicyArn", ARN), tags: input.tags() }),
  target: async (call, { policyArn, tags }) => ({
    ...(await policyTarget(call, policyArn)),
    requestTags: tags,
  }),
  run: (call, { policyArn, tags }) =>
    call.identities.change(async (transaction) => {
      const policy = await requireOwnPolicy(transaction, call.accountId, policyArn);
      transaction.put({ ...policy, tags: withTags(policy.tags, tags, "Policy") });
      return null;
    }),
});

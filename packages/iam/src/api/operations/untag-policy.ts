import { ARN, TAG_KEY } from "../constraints.ts";
import { operation } from "../operation.ts";
import { QUOTAS } from "../quotas.ts";
import { requireOwnPolicy } from "../require-entity.ts";
import { withoutTags } from "../tag-edits.ts";
import { policyTarget } from "../targets.ts";

export const untagPolicy = operation({
  name: "UntagPolicy",
  read: (input) => ({
    policyArn: input.required("PolicyArn", ARN),
    tagKeys: input.requiredTexts("TagKeys", TAG_KEY, QUOTAS.tagsPerEntity),
  }),
  target: async (call, { policyArn, tagKeys }) => ({
    ...(await policyTarget(call, policyArn)),
    removedTagKeys: tagKeys,
  }),
  run: (call, { policyArn, tagKeys }) =>
    call.identities.change(async (transaction) => {
      const policy = await requireOwnPolicy(transaction, call.accountId, policyArn);
      transaction.put({ ...policy, tags: withoutTags(policy.tags, tagKeys) });
      return null;
    }),
});

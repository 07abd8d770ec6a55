import { EXISTING_USER_NAME, TAG_KEY } from "../constraints.ts";
import { operation } from "../operation.ts";
import { QUOTAS } from "../quotas.ts";
import { requireUser } from "../require-entity.ts";
import { withoutTags } from "../tag-edits.ts";
import { holderTarget } from "../targets.ts";

export const untagUser = operation({
  name: "UntagUser",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    tagKeys: input.requiredTexts("TagKeys", TAG_KEY, QUOTAS.tagsPerEntity),
  }),
  target: async (call, { name, tagKeys }) => ({
    ...(await holderTarget(call, "user", name)),
    removedTagKeys: tagKeys,
  }),
  run: (call, { name, tagKeys }) =>
    call.identities.change(async (transaction) => {
      const user = await requireUser(transaction, call.accountId, name);
      transaction.put({ ...user, tags: withoutTags(user.tags, tagKeys) });
      return null;
    }),
});

import { ROLE_NAME, TAG_KEY } from "../constraints.ts";
import { operation } from "../operation.ts";
import { QUOTAS } from "../quotas.ts";
import { requireRole } from "../require-entity.ts";
import { withoutTags } from "../tag-edits.ts";
import { holderTarget } from "../targets.ts";

export const untagRole = operation({
  name: "UntagRole",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    tagKeys: input.requiredTexts("TagKeys", TAG_KEY, QUOTAS.tagsPerEntity),
  }),
  target: async (call, { name, tagKeys }) => ({
    ...(await holderTarget(call, "role", name)),
    removedTagKeys: tagKeys,
  }),
  run: (call, { name, tagKeys }) =>
    call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      transaction.put({ ...role, tags: withoutTags(role.tags, tagKeys) });
      return null;
    }),
});

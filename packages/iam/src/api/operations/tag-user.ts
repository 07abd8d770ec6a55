import { EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireUser } from "../require-entity.ts";
import { withTags } from "../tag-edits.ts";
import { holderTarget } from "../targets.ts";

export const tagUser = operation({
  name: "TagUser",
  read: (input) => ({ name: input.required("UserName", EXISTING_USER_NAME), tags: input.tags() }),
  target: async (call, { name, tags }) => ({
    ...(await holderTarget(call, "user", name)),
    requestTags: tags,
  }),
  run: (call, { name, tags }) =>
    call.identities.change(async (transaction) => {
      const user = await requireUser(transaction, call.accountId, name);
      transaction.put({ ...user, tags: withTags(user.tags, tags, "User") });
      return null;
    }),
});

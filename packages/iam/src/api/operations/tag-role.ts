import { ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireRole } from "../require-entity.ts";
import { withTags } from "../tag-edits.ts";
import { holderTarget } from "../targets.ts";

export const tagRole = operation({
  name: "TagRole",
  read: (input) => ({ name: input.required("RoleName", ROLE_NAME), tags: input.tags() }),
  target: async (call, { name, tags }) => ({
    ...(await holderTarget(call, "role", name)),
    requestTags: tags,
  }),
  run: (call, { name, tags }) =>
    call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      transaction.put({ ...role, tags: withTags(role.tags, tags, "Role") });
      return null;
    }),
});

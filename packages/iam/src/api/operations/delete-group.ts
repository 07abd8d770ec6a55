import { GROUP_NAME } from "../constraints.ts";
import { deleteConflict, requireNoPolicies } from "../delete-conflicts.ts";
import { operation } from "../operation.ts";
import { requireGroup } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const deleteGroup = operation({
  name: "DeleteGroup",
  read: (input) => ({ name: input.required("GroupName", GROUP_NAME) }),
  target: (call, { name }) => holderTarget(call, "group", name),
  run: (call, { name }) =>
    call.identities.change(async (transaction) => {
      const group = await requireGroup(transaction, call.accountId, name);
      if (group.memberCount > 0) {
        throw deleteConflict("Cannot delete entity, must remove users from group first.");
      }
      requireNoPolicies(group);
      transaction.remove(group);
      return null;
    }),
});

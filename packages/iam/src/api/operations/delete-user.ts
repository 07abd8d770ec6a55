import { changeBoundary } from "../attachments.ts";
import { EXISTING_USER_NAME } from "../constraints.ts";
import { deleteConflict, requireNoPolicies } from "../delete-conflicts.ts";
import { operation } from "../operation.ts";
import { requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const deleteUser = operation({
  name: "DeleteUser",
  read: (input) => ({ name: input.required("UserName", EXISTING_USER_NAME) }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: (call, { name }) =>
    call.identities.change(async (transaction) => {
      const user = await requireUser(transaction, call.accountId, name);
      if (user.accessKeyIds.length > 0) {
        throw deleteConflict("Cannot delete entity, must delete access keys first.");
      }
      requireNoPolicies(user);
      if (user.groupIds.length > 0) {
        throw deleteConflict("Cannot delete entity, must remove users from group first.");
      }
      transaction.remove(await changeBoundary(transaction, user, null));
      return null;
    }),
});

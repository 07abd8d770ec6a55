import { changeBoundary } from "../attachments.ts";
import { ROLE_NAME } from "../constraints.ts";
import { requireNoPolicies } from "../delete-conflicts.ts";
import { operation } from "../operation.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const deleteRole = operation({
  name: "DeleteRole",
  read: (input) => ({ name: input.required("RoleName", ROLE_NAME) }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: (call, { name }) =>
    call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      requireNoPolicies(role);
      transaction.remove(await changeBoundary(transaction, role, null));
      return null;
    }),
});

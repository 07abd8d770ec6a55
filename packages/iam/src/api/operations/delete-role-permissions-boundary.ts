import { changeBoundary } from "../attachments.ts";
import { ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { noSuchEntity, requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const deleteRolePermissionsBoundary = operation({
  name: "DeleteRolePermissionsBoundary",
  read: (input) => ({ name: input.required("RoleName", ROLE_NAME) }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: (call, { name }) =>
    call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      if (role.boundary === null) throw noSuchEntity(`Role ${name} does not have a permissions boundary.`);
      transaction.put(await changeBoundary(transaction, role, null));
      return null;
    }),
});

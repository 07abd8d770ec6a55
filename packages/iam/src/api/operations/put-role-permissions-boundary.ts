import { changeBoundary } from "../attachments.ts";
import { ARN, ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const putRolePermissionsBoundary = operation({
  name: "PutRolePermissionsBoundary",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    boundary: input.required("PermissionsBoundary", ARN),
  }),
  target: async (call, { name, boundary }) => ({ ...(await holderTarget(call, "role", name)), boundary }),
  run: (call, { name, boundary }) =>
    call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      transaction.put(await changeBoundary(transaction, role, boundary));
      return null;
    }),
});

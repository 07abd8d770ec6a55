import { element } from "@strongroom/wire";
import { ROLE_DESCRIPTION, ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { printRole } from "../print-entities.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const updateRoleDescription = operation({
  name: "UpdateRoleDescription",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    description: input.required("Description", ROLE_DESCRIPTION),
  }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name, description }) => {
    const changed = await call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      transaction.put({ ...role, description });
      return { ...role, description };
    });
    return [element("Role", printRole(changed, { withTags: false }))];
  },
});

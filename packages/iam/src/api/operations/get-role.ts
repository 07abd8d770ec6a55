import { element } from "@strongroom/wire";
import { ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { printRole } from "../print-entities.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const getRole = operation({
  name: "GetRole",
  read: (input) => ({ name: input.required("RoleName", ROLE_NAME) }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name }) => {
    const role = await requireRole(call.identities.reader, call.accountId, name);
    return [element("Role", printRole(role, { withTags: true }))];
  },
});

import { ROLE_DESCRIPTION, ROLE_NAME, SESSION_DURATION } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

/** What is not sent stays as it is. */
export const updateRole = operation({
  name: "UpdateRole",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    description: input.optional("Description", ROLE_DESCRIPTION),
    maxSessionDurationSeconds: input.integer("MaxSessionDuration", SESSION_DURATION),
  }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: (call, { name, description, maxSessionDurationSeconds }) =>
    call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      transaction.put({
        ...role,
        description: description ?? role.description,
        maxSessionDurationSeconds: maxSessionDurationSeconds ?? role.maxSessionDurationSeconds,
      });
      return [];
    }),
});

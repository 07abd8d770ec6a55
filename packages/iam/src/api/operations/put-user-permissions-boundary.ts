import { changeBoundary } from "../attachments.ts";
import { ARN, EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const putUserPermissionsBoundary = operation({
  name: "PutUserPermissionsBoundary",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    boundary: input.required("PermissionsBoundary", ARN),
  }),
  target: async (call, { name, boundary }) => ({ ...(await holderTarget(call, "user", name)), boundary }),
  run: (call, { name, boundary }) =>
    call.identities.change(async (transaction) => {
      const user = await requireUser(transaction, call.accountId, name);
      transaction.put(await changeBoundary(transaction, user, boundary));
      return null;
    }),
});

import { changeBoundary } from "../attachments.ts";
import { EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { noSuchEntity, requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const deleteUserPermissionsBoundary = operation({
  name: "DeleteUserPermissionsBoundary",
  read: (input) => ({ name: input.required("UserName", EXISTING_USER_NAME) }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: (call, { name }) =>
    call.identities.change(async (transaction) => {
      const user = await requireUser(transaction, call.accountId, name);
      if (user.boundary === null) throw noSuchEntity(`User ${name} does not have a permissions boundary.`);
      transaction.put(await changeBoundary(transaction, user, null));
      return null;
    }),
});

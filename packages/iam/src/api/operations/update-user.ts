import { EXISTING_USER_NAME, PATH, USER_NAME } from "../constraints.ts";
import { requireFreeName } from "../new-entity.ts";
import { operation } from "../operation.ts";
import { requireUser } from "../require-entity.ts";
import { movedTarget } from "../targets.ts";

/** Renames or moves a user; its keys, groups and policies go with it. */
export const updateUser = operation({
  name: "UpdateUser",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    newName: input.optional("NewUserName", USER_NAME),
    newPath: input.optional("NewPath", PATH),
  }),
  target: (call, { name, newName, newPath }) =>
    movedTarget(call, "user", name, { name: newName, path: newPath }),
  run: (call, { name, newName = name, newPath }) =>
    call.identities.change(async (transaction) => {
      const user = await requireUser(transaction, call.accountId, name);
      const moved = { ...user, name: newName, path: newPath ?? user.path };
      await requireFreeName(transaction, moved, user.id);
      transaction.rename(moved, name);
      return null;
    }),
});

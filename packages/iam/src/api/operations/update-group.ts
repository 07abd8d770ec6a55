import { GROUP_NAME, PATH } from "../constraints.ts";
import { requireFreeName } from "../new-entity.ts";
import { operation } from "../operation.ts";
import { requireGroup } from "../require-entity.ts";
import { movedTarget } from "../targets.ts";

export const updateGroup = operation({
  name: "UpdateGroup",
  read: (input) => ({
    name: input.required("GroupName", GROUP_NAME),
    newName: input.optional("NewGroupName", GROUP_NAME),
    newPath: input.optional("NewPath", PATH),
  }),
  target: (call, { name, newName, newPath }) =>
    movedTarget(call, "group", name, { name: newName, path: newPath }),
  run: (call, { name, newName = name, newPath }) =>
    call.identities.change(async (transaction) => {
      const group = await requireGroup(transaction, call.accountId, name);
      const moved = { ...group, name: newName, path: newPath ?? group.path };
      await requireFreeName(transaction, moved, group.id);
      transaction.rename(moved, name);
      return null;
    }),
});

import { memberKey } from "../../identities/entity-keys.ts";
import { EXISTING_USER_NAME, GROUP_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { noSuchEntity, requireGroup, requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const removeUserFromGroup = operation({
  name: "RemoveUserFromGroup",
  read: (input) => ({
    groupName: input.required("GroupName", GROUP_NAME),
    userName: input.required("UserName", EXISTING_USER_NAME),
  }),
  target: (call, { groupName }) => holderTarget(call, "group", groupName),
  run: (call, { groupName, userName }) =>
    call.identities.change(async (transaction) => {
      const { accountId } = call;
      const group = await requireGroup(transaction, accountId, groupName);
      const user = await requireUser(transaction, accountId, userName);
      if (!user.groupIds.includes(group.id)) {
        throw noSuchEntity(`User ${userName} not in group ${groupName}`);
      }
      transaction.put({ ...user, groupIds: user.groupIds.filter((id) => id !== group.id) });
      transaction.put({ ...group, memberCount: group.memberCount - 1 });
      transaction.write(memberKey(accountId, group.id, user.id), null);
      return null;
    }),
});

import { memberKey } from "../../identities/entity-keys.ts";
import { EXISTING_USER_NAME, GROUP_NAME } from "../constraints.ts";
import { IamApiError } from "../iam-api-error.ts";
import { operation } from "../operation.ts";
import { QUOTAS } from "../quotas.ts";
import { requireGroup, requireUser } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

/** Adding a member again changes nothing. */
export const addUserToGroup = operation({
  name: "AddUserToGroup",
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
      if (user.groupIds.includes(group.id)) return null;
      if (user.groupIds.length >= QUOTAS.groupsPerUser) {
        throw new IamApiError(
          "LimitExceeded",
          `Cannot exceed quota for GroupsPerUser: ${QUOTAS.groupsPerUser}`,
        );
      }
      transaction.put({ ...user, groupIds: [...user.groupIds, group.id] });
      transaction.put({ ...group, memberCount: group.memberCount + 1 });
      transaction.write(memberKey(accountId, group.id, user.id), Buffer.from("1"));
      return null;
    }),
});

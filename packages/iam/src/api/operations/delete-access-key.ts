import { accessKeyKey, accessKeyUseKey } from "../../identities/entity-keys.ts";
import { ACCESS_KEY_ID, EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireAccessKey } from "../own-access-key.ts";
import { requireUserName } from "../own-user-name.ts";
import { userOrCallerTarget } from "../targets.ts";

export const deleteAccessKey = operation({
  name: "DeleteAccessKey",
  read: (input, { principal }) => {
    const named = input.optional("UserName", EXISTING_USER_NAME);
    return {
      name: named ?? (principal.kind === "user" ? principal.userName : null),
      accessKeyId: input.required("AccessKeyId", ACCESS_KEY_ID),
    };
  },
  target: (call, { name }) => userOrCallerTarget(call, name),
  run: (call, { name, accessKeyId }) =>
    call.identities.change(async (transaction) => {
      const { user } = await requireAccessKey(
        transaction,
        call.accountId,
        requireUserName(name),
        accessKeyId,
      );
      transaction.put({ ...user, accessKeyIds: user.accessKeyIds.filter((id) => id !== accessKeyId) });
      transaction.write(accessKeyKey(accessKeyId), null);
      transaction.write(accessKeyUseKey(accessKeyId), null);
      return null;
    }),
});

import { encodeAccessKey } from "../../access-key.ts";
import { accessKeyKey } from "../../identities/entity-keys.ts";
import { ACCESS_KEY_ID, ACCESS_KEY_STATUS, EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireAccessKey } from "../own-access-key.ts";
import { requireUserName } from "../own-user-name.ts";
import { userOrCallerTarget } from "../targets.ts";

/** Switches a key off or on again. */
export const updateAccessKey = operation({
  name: "UpdateAccessKey",
  read: (input, { principal }) => {
    const named = input.optional("UserName", EXISTING_USER_NAME);
    return {
      name: named ?? (principal.kind === "user" ? principal.userName : null),
      accessKeyId: input.required("AccessKeyId", ACCESS_KEY_ID),
      status: input.required("Status", ACCESS_KEY_STATUS),
    };
  },
  target: (call, { name }) => userOrCallerTarget(call, name),
  run: (call, { name, accessKeyId, status }) =>
    call.identities.change(async (transaction) => {
      const { accessKey } = await requireAccessKey(
        transaction,
        call.accountId,
        requireUserName(name),
        accessKeyId,
      );
      const changed = { ...accessKey, status: status === "Active" ? "Active" : "Inactive" } as const;
      transaction.write(accessKeyKey(accessKeyId), encodeAccessKey(changed));
      return null;
    }),
});

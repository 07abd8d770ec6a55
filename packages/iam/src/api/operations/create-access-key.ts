import { element } from "@strongroom/wire";
import { encodeAccessKey, newAccessKey, randomAccessKeyId, randomSecretAccessKey } from "../../access-key.ts";
import { accessKeyKey } from "../../identities/entity-keys.ts";
import { EXISTING_USER_NAME } from "../constraints.ts";
import { IamApiError } from "../iam-api-error.ts";
import { operation } from "../operation.ts";
import { requireUserName } from "../own-user-name.ts";
import { printDate } from "../print-entities.ts";
import { QUOTAS } from "../quotas.ts";
import { requireUser } from "../require-entity.ts";
import { userOrCallerTarget } from "../targets.ts";

/** The only answer that ever shows the secret. */
export const createAccessKey = operation({
  name: "CreateAccessKey",
  read: (input, { principal }) => {
    const named = input.optional("UserName", EXISTING_USER_NAME);
    return {
      name: named ?? (principal.kind === "user" ? principal.userName : null),
    };
  },
  target: (call, { name }) => userOrCallerTarget(call, name),
  run: async (call, { name }) => {
    const { accountId, identities, nowMs } = call;
    const userName = requireUserName(name);
    using secret = randomSecretAccessKey();
    const made = await identities.change(async (transaction) => {
      const user = await requireUser(transaction, accountId, userName);
      if (user.accessKeyIds.length >= QUOTAS.accessKeysPerUser) {
        throw new IamApiError(
          "LimitExceeded",
          `Cannot exceed quota for AccessKeysPerUser: ${QUOTAS.accessKeysPerUser}`,
        );
      }
      const owner = { accessKeyId: randomAccessKeyId(), accountId, userId: user.id };
      const { sealingKey } = identities;
      const accessKey = newAccessKey(owner, secret, { sealingKey, createdMs: nowMs });
      transaction.put({ ...user, accessKeyIds: [...user.accessKeyIds, accessKey.accessKeyId] });
      transaction.write(accessKeyKey(accessKey.accessKeyId), encodeAccessKey(accessKey));
      return accessKey;
    });
    return [
      element("AccessKey", [
        element("UserName", userName),
        element("AccessKeyId", made.accessKeyId),
        element("Status", made.status),
        element("SecretAccessKey", secret.expose().toString("latin1")),
        printDate("CreateDate", made.createdMs),
      ]),
    ];
  },
});

import { element } from "@strongroom/wire";
import { rootArn } from "../../identities/entities.ts";
import { EXISTING_USER_NAME } from "../constraints.ts";
import { validationError } from "../iam-api-error.ts";
import { operation } from "../operation.ts";
import { printDate, printUser } from "../print-entities.ts";
import { requireUser } from "../require-entity.ts";
import { userOrCallerTarget } from "../targets.ts";

/** Without a name: the caller. */
export const getUser = operation({
  name: "GetUser",
  read: (input, { principal }) => {
    const named = input.optional("UserName", EXISTING_USER_NAME);
    return { name: named ?? (principal.kind === "user" ? principal.userName : null) };
  },
  target: (call, { name }) => userOrCallerTarget(call, name),
  run: async (call, { name }) => {
    const { accountId, identities, caller } = call;
    if (name !== null) {
      const user = await requireUser(identities.reader, accountId, name);
      return [element("User", printUser(user, { withTags: true }))];
    }
    if (caller.principal.kind !== "root") {
      throw validationError("Must specify userName when calling with non-User credentials");
    }
    return [
      element("User", [
        element("UserId", accountId),
        element("Arn", rootArn(accountId)),
        printDate("CreateDate", caller.account.createdMs),
      ]),
    ];
  },
});

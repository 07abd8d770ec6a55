import { element, memberList } from "@strongroom/wire";
import { decodeAccessKey } from "../../access-key.ts";
import { accessKeyKey } from "../../identities/entity-keys.ts";
import { EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireUserName } from "../own-user-name.ts";
import { pageOfList, printPage } from "../page.ts";
import { printDate } from "../print-entities.ts";
import { requireUser } from "../require-entity.ts";
import { userOrCallerTarget } from "../targets.ts";

export const listAccessKeys = operation({
  name: "ListAccessKeys",
  read: (input, { principal }) => {
    const named = input.optional("UserName", EXISTING_USER_NAME);
    return {
      name: named ?? (principal.kind === "user" ? principal.userName : null),
      page: input.page(),
    };
  },
  target: (call, { name }) => userOrCallerTarget(call, name),
  run: async (call, { name, page }) => {
    const { identities, accountId } = call;
    const user = await requireUser(identities.reader, accountId, requireUserName(name));
    const records = await Promise.all(
      user.accessKeyIds.map((id) => identities.records.get(accessKeyKey(id))),
    );
    const keys = records.filter((bytes) => bytes !== null).map(decodeAccessKey);
    const shown = pageOfList(keys, page);
    return [
      memberList("AccessKeyMetadata", shown.items, ({ accessKeyId, status, createdMs }) => [
        element("UserName", user.name),
        element("AccessKeyId", accessKeyId),
        element("Status", status),
        printDate("CreateDate", createdMs),
      ]),
      ...printPage(shown),
    ];
  },
});

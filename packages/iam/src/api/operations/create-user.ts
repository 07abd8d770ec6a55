import { element } from "@strongroom/wire";
import type { User } from "../../identities/entities.ts";
import { randomUniqueId } from "../../identities/unique-id.ts";
import { changeBoundary } from "../attachments.ts";
import { ARN, PATH, USER_NAME } from "../constraints.ts";
import { requireFreeName, requireRoom } from "../new-entity.ts";
import { operation } from "../operation.ts";
import { printUser } from "../print-entities.ts";
import { requireTags } from "../tag-edits.ts";
import { newTarget } from "../targets.ts";

export const createUser = operation({
  name: "CreateUser",
  read: (input) => ({
    name: input.required("UserName", USER_NAME),
    path: input.optional("Path", PATH) ?? "/",
    boundary: input.optional("PermissionsBoundary", ARN) ?? null,
    tags: input.tags(),
  }),
  target: (call, { name, path, tags, boundary }) =>
    newTarget(call, { kind: "user", path, name }, { tags, boundary }),
  run: async (call, { name, path, boundary, tags }) => {
    const { accountId, identities, nowMs } = call;
    requireTags(tags);
    await requireRoom(call, "user");
    const made = await identities.change(async (transaction) => {
      const user: User = {
        kind: "user",
        accountId,
        id: randomUniqueId("user"),
        name,
        path,
        createdMs: nowMs,
        tags,
        boundary: null,
        inlinePolicies: [],
        attachedPolicies: [],
        groupIds: [],
        accessKeyIds: [],
      };
      await requireFreeName(transaction, user);
      const bounded = await changeBoundary(transaction, user, boundary);
      transaction.add(bounded);
      return bounded;
    });
    return [element("User", printUser(made, { withTags: true }))];
  },
});

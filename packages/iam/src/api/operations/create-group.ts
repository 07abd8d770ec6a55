import { element } from "@strongroom/wire";
import type { Group } from "../../identities/entities.ts";
import { randomUniqueId } from "../../identities/unique-id.ts";
import { GROUP_NAME, PATH } from "../constraints.ts";
import { requireFreeName, requireRoom } from "../new-entity.ts";
import { operation } from "../operation.ts";
import { printGroup } from "../print-entities.ts";
import { newTarget } from "../targets.ts";

export const createGroup = operation({
  name: "CreateGroup",
  read: (input) => ({
    name: input.required("GroupName", GROUP_NAME),
    path: input.optional("Path", PATH) ?? "/",
  }),
  target: (call, { name, path }) => newTarget(call, { kind: "group", path, name }),
  run: async (call, { name, path }) => {
    const { accountId, identities, nowMs } = call;
    await requireRoom(call, "group");
    const made = await identities.change(async (transaction) => {
      const group: Group = {
        kind: "group",
        accountId,
        id: randomUniqueId("group"),
        name,
        path,
        createdMs: nowMs,
        inlinePolicies: [],
        attachedPolicies: [],
        memberCount: 0,
      };
      await requireFreeName(transaction, group);
      transaction.add(group);
      return group;
    });
    return [element("Group", printGroup(made))];
  },
});

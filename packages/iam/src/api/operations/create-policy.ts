import { element } from "@strongroom/wire";
import type { ManagedPolicy } from "../../identities/entities.ts";
import { randomUniqueId } from "../../identities/unique-id.ts";
import { POLICY_DESCRIPTION, POLICY_DOCUMENT, POLICY_NAME, POLICY_PATH } from "../constraints.ts";
import { requireFreeName, requireRoom } from "../new-entity.ts";
import { operation } from "../operation.ts";
import { requireManagedPolicy } from "../policy-text.ts";
import { printPolicy } from "../print-entities.ts";
import { requireTags } from "../tag-edits.ts";
import { newTarget } from "../targets.ts";

export const createPolicy = operation({
  name: "CreatePolicy",
  read: (input) => ({
    name: input.required("PolicyName", POLICY_NAME),
    path: input.optional("Path", POLICY_PATH) ?? "/",
    document: input.required("PolicyDocument", POLICY_DOCUMENT),
    description: input.optional("Description", POLICY_DESCRIPTION) ?? null,
    tags: input.tags(),
  }),
  target: (call, { name, path, tags }) => newTarget(call, { kind: "policy", path, name }, { tags }),
  run: async (call, { name, path, document, description, tags }) => {
    const { accountId, identities, nowMs } = call;
    requireTags(tags);
    requireManagedPolicy(document);
    await requireRoom(call, "policy");
    const made = await identities.change(async (transaction) => {
      const policy: ManagedPolicy = {
        kind: "policy",
        accountId,
        id: randomUniqueId("policy"),
        name,
        path,
        createdMs: nowMs,
        updatedMs: nowMs,
        description,
        tags,
        versions: [{ versionId: "v1", document, createdMs: nowMs }],
        defaultVersionId: "v1",
        nextVersion: 2,
        attachmentCount: 0,
        boundaryCount: 0,
      };
      await requireFreeName(transaction, policy);
      transaction.add(policy);
      return policy;
    });
    return [element("Policy", printPolicy({ ...made, description: null }, { withTags: true }))];
  },
});

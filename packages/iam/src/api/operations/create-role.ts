import { element } from "@strongroom/wire";
import type { Role } from "../../identities/entities.ts";
import { randomUniqueId } from "../../identities/unique-id.ts";
import { changeBoundary } from "../attachments.ts";
import { ARN, PATH, POLICY_DOCUMENT, ROLE_DESCRIPTION, ROLE_NAME, SESSION_DURATION } from "../constraints.ts";
import { requireFreeName, requireRoom } from "../new-entity.ts";
import { operation } from "../operation.ts";
import { requireTrustPolicy } from "../policy-text.ts";
import { printNewRole } from "../print-entities.ts";
import { requireTags } from "../tag-edits.ts";
import { newTarget } from "../targets.ts";

export const createRole = operation({
  name: "CreateRole",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    path: input.optional("Path", PATH) ?? "/",
    trustPolicy: input.required("AssumeRolePolicyDocument", POLICY_DOCUMENT),
    description: input.optional("Description", ROLE_DESCRIPTION) ?? null,
    maxSessionDurationSeconds: input.integer("MaxSessionDuration", SESSION_DURATION) ?? SESSION_DURATION.min,
    boundary: input.optional("PermissionsBoundary", ARN) ?? null,
    tags: input.tags(),
  }),
  target: (call, { name, path, tags, boundary }) =>
    newTarget(call, { kind: "role", path, name }, { tags, boundary }),
  run: async (call, { boundary, tags, trustPolicy, ...settings }) => {
    const { accountId, identities, nowMs } = call;
    requireTags(tags);
    requireTrustPolicy(trustPolicy);
    await requireRoom(call, "role");
    const made = await identities.change(async (transaction) => {
      const role: Role = {
        kind: "role",
        ...settings,
        accountId,
        id: randomUniqueId("role"),
        createdMs: nowMs,
        tags,
        trustPolicy,
        boundary: null,
        inlinePolicies: [],
        attachedPolicies: [],
      };
      await requireFreeName(transaction, role);
      const bounded = await changeBoundary(transaction, role, boundary);
      transaction.add(bounded);
      return bounded;
    });
    return [element("Role", printNewRole(made))];
  },
});

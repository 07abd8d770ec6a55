import { element } from "@strongroom/wire";
import { ARN, POLICY_DOCUMENT } from "../constraints.ts";
import { IamApiError } from "../iam-api-error.ts";
import { operation } from "../operation.ts";
import { requireManagedPolicy } from "../policy-text.ts";
import { printVersion } from "../print-entities.ts";
import { QUOTAS } from "../quotas.ts";
import { requireOwnPolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const createPolicyVersion = operation({
  name: "CreatePolicyVersion",
  read: (input) => ({
    policyArn: input.required("PolicyArn", ARN),
    document: input.required("PolicyDocument", POLICY_DOCUMENT),
    isDefault: input.flag("SetAsDefault"),
  }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: async (call, { policyArn, document, isDefault }) => {
    requireManagedPolicy(document);
    const { nowMs } = call;
    const version = await call.identities.change(async (transaction) => {
      const policy = await requireOwnPolicy(transaction, call.accountId, policyArn);
      if (policy.versions.length >= QUOTAS.versionsPerPolicy) {
        throw new IamApiError(
          "LimitExceeded",
          `A managed policy can have up to ${QUOTAS.versionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const made = { versionId: `v${policy.nextVersion}`, document, createdMs: nowMs };
      transaction.put({
        ...policy,
        versions: [...policy.versions, made],
        defaultVersionId: isDefault ? made.versionId : policy.defaultVersionId,
        nextVersion: policy.nextVersion + 1,
        updatedMs: nowMs,
      });
      return made;
    });
    return [element("PolicyVersion", printVersion(version, { isDefault, withDocument: false }))];
  },
});

import { ARN, VERSION_ID } from "../constraints.ts";
import { deleteConflict } from "../delete-conflicts.ts";
import { operation } from "../operation.ts";
import { requireVersion } from "../policy-versions.ts";
import { requireOwnPolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const deletePolicyVersion = operation({
  name: "DeletePolicyVersion",
  read: (input) => ({
    policyArn: input.required("PolicyArn", ARN),
    versionId: input.required("VersionId", VERSION_ID),
  }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: (call, { policyArn, versionId }) =>
    call.identities.change(async (transaction) => {
      const policy = await requireOwnPolicy(transaction, call.accountId, policyArn);
      if (requireVersion(policy, versionId).isDefault) {
        throw deleteConflict("Cannot delete the default version of a policy.");
      }
      transaction.put({
        ...policy,
        versions: policy.versions.filter((version) => version.versionId !== versionId),
        updatedMs: call.nowMs,
      });
      return null;
    }),
});

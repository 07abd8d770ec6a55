import { ARN } from "../constraints.ts";
import { deleteConflict } from "../delete-conflicts.ts";
import { operation } from "../operation.ts";
import { requireOwnPolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const deletePolicy = operation({
  name: "DeletePolicy",
  read: (input) => ({ policyArn: input.required("PolicyArn", ARN) }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: (call, { policyArn }) =>
    call.identities.change(async (transaction) => {
      const policy = await requireOwnPolicy(transaction, call.accountId, policyArn);
      if (policy.attachmentCount + policy.boundaryCount > 0) {
        throw deleteConflict("Cannot delete a policy attached to entities.");
      }
      if (policy.versions.length > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
      }
      transaction.remove(policy);
      return null;
    }),
});

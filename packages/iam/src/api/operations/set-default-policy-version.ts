import { ARN, VERSION_ID } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireVersion } from "../policy-versions.ts";
import { requireOwnPolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const setDefaultPolicyVersion = operation({
  name: "SetDefaultPolicyVersion",
  read: (input) => ({
    policyArn: input.required("PolicyArn", ARN),
    versionId: input.required("VersionId", VERSION_ID),
  }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: (call, { policyArn, versionId }) =>
    call.identities.change(async (transaction) => {
      const policy = await requireOwnPolicy(transaction, call.accountId, policyArn);
      requireVersion(policy, versionId);
      transaction.put({ ...policy, defaultVersionId: versionId, updatedMs: call.nowMs });
      return null;
    }),
});

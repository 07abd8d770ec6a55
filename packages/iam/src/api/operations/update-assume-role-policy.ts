import { POLICY_DOCUMENT, ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireTrustPolicy } from "../policy-text.ts";
import { requireRole } from "../require-entity.ts";
import { holderTarget } from "../targets.ts";

export const updateAssumeRolePolicy = operation({
  name: "UpdateAssumeRolePolicy",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    trustPolicy: input.required("PolicyDocument", POLICY_DOCUMENT),
  }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: (call, { name, trustPolicy }) => {
    requireTrustPolicy(trustPolicy);
    return call.identities.change(async (transaction) => {
      const role = await requireRole(transaction, call.accountId, name);
      transaction.put({ ...role, trustPolicy });
      return null;
    });
  },
});

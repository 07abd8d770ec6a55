import { POLICY_NAME, ROLE_NAME } from "../constraints.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

export const deleteRolePolicy = operation({
  name: "DeleteRolePolicy",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
  }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name, policyName }) => {
    await deleteInlinePolicy(call, "role", name, policyName);
    return null;
  },
});

import { EXISTING_USER_NAME, POLICY_NAME } from "../constraints.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

export const deleteUserPolicy = operation({
  name: "DeleteUserPolicy",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
  }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: async (call, { name, policyName }) => {
    await deleteInlinePolicy(call, "user", name, policyName);
    return null;
  },
});

import { GROUP_NAME, POLICY_NAME } from "../constraints.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

export const deleteGroupPolicy = operation({
  name: "DeleteGroupPolicy",
  read: (input) => ({
    name: input.required("GroupName", GROUP_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
  }),
  target: (call, { name }) => holderTarget(call, "group", name),
  run: async (call, { name, policyName }) => {
    await deleteInlinePolicy(call, "group", name, policyName);
    return null;
  },
});

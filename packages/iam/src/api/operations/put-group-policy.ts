import { GROUP_NAME, POLICY_DOCUMENT, POLICY_NAME } from "../constraints.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

/** Adds or replaces an inline policy. */
export const putGroupPolicy = operation({
  name: "PutGroupPolicy",
  read: (input) => ({
    name: input.required("GroupName", GROUP_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
    document: input.required("PolicyDocument", POLICY_DOCUMENT),
  }),
  target: (call, { name }) => holderTarget(call, "group", name),
  run: async (call, { name, policyName, document }) => {
    await putInlinePolicy(call, "group", name, { policyName, document });
    return null;
  },
});

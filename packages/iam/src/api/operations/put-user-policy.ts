import { EXISTING_USER_NAME, POLICY_DOCUMENT, POLICY_NAME } from "../constraints.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

/** Adds or replaces an inline policy. */
export const putUserPolicy = operation({
  name: "PutUserPolicy",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
    document: input.required("PolicyDocument", POLICY_DOCUMENT),
  }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: async (call, { name, policyName, document }) => {
    await putInlinePolicy(call, "user", name, { policyName, document });
    return null;
  },
});

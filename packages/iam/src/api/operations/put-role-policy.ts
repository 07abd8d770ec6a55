import { POLICY_DOCUMENT, POLICY_NAME, ROLE_NAME } from "../constraints.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

/** Adds or replaces an inline policy. */
export const putRolePolicy = operation({
  name: "PutRolePolicy",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
    document: input.required("PolicyDocument", POLICY_DOCUMENT),
  }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name, policyName, document }) => {
    await putInlinePolicy(call, "role", name, { policyName, document });
    return null;
  },
});

import { element } from "@strongroom/wire";
import { POLICY_NAME, ROLE_NAME } from "../constraints.ts";
import { getInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { printDocument } from "../print-entities.ts";
import { holderTarget } from "../targets.ts";

export const getRolePolicy = operation({
  name: "GetRolePolicy",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
  }),
  target: (call, { name }) => holderTarget(call, "role", name),
  run: async (call, { name, policyName }) => {
    const policy = await getInlinePolicy(call, "role", name, policyName);
    return [
      element("RoleName", name),
      element("PolicyName", policy.policyName),
      printDocument("PolicyDocument", policy.document),
    ];
  },
});

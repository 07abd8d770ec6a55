import { element } from "@strongroom/wire";
import { EXISTING_USER_NAME, POLICY_NAME } from "../constraints.ts";
import { getInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { printDocument } from "../print-entities.ts";
import { holderTarget } from "../targets.ts";

export const getUserPolicy = operation({
  name: "GetUserPolicy",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
  }),
  target: (call, { name }) => holderTarget(call, "user", name),
  run: async (call, { name, policyName }) => {
    const policy = await getInlinePolicy(call, "user", name, policyName);
    return [
      element("UserName", name),
      element("PolicyName", policy.policyName),
      printDocument("PolicyDocument", policy.document),
    ];
  },
});

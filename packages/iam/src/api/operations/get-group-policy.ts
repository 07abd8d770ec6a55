import { element } from "@strongroom/wire";
import { GROUP_NAME, POLICY_NAME } from "../constraints.ts";
import { getInlinePolicy } from "../inline-policies.ts";
import { operation } from "../operation.ts";
import { printDocument } from "../print-entities.ts";
import { holderTarget } from "../targets.ts";

export const getGroupPolicy = operation({
  name: "GetGroupPolicy",
  read: (input) => ({
    name: input.required("GroupName", GROUP_NAME),
    policyName: input.required("PolicyName", POLICY_NAME),
  }),
  target: (call, { name }) => holderTarget(call, "group", name),
  run: async (call, { name, policyName }) => {
    const policy = await getInlinePolicy(call, "group", name, policyName);
    return [
      element("GroupName", name),
      element("PolicyName", policy.policyName),
      printDocument("PolicyDocument", policy.document),
    ];
  },
});

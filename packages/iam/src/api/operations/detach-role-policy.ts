import { detachPolicy } from "../attachments.ts";
import { ARN, ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

export const detachRolePolicy = operation({
  name: "DetachRolePolicy",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    policyArn: input.required("PolicyArn", ARN),
  }),
  target: async (call, { name, policyArn }) => ({ ...(await holderTarget(call, "role", name)), policyArn }),
  run: async (call, { name, policyArn }) => {
    await detachPolicy(call, "role", name, policyArn);
    return null;
  },
});

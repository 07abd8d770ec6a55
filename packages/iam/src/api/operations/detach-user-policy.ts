import { detachPolicy } from "../attachments.ts";
import { ARN, EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

export const detachUserPolicy = operation({
  name: "DetachUserPolicy",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    policyArn: input.required("PolicyArn", ARN),
  }),
  target: async (call, { name, policyArn }) => ({ ...(await holderTarget(call, "user", name)), policyArn }),
  run: async (call, { name, policyArn }) => {
    await detachPolicy(call, "user", name, policyArn);
    return null;
  },
});

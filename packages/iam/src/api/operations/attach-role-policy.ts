import { attachPolicy } from "../attachments.ts";
import { ARN, ROLE_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

/** Attaching what is attached changes nothing. */
export const attachRolePolicy = operation({
  name: "AttachRolePolicy",
  read: (input) => ({
    name: input.required("RoleName", ROLE_NAME),
    policyArn: input.required("PolicyArn", ARN),
  }),
  target: async (call, { name, policyArn }) => ({ ...(await holderTarget(call, "role", name)), policyArn }),
  run: async (call, { name, policyArn }) => {
    await attachPolicy(call, "role", name, policyArn);
    return null;
  },
});

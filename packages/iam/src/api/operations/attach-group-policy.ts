import { attachPolicy } from "../attachments.ts";
import { ARN, GROUP_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

/** Attaching what is attached changes nothing. */
export const attachGroupPolicy = operation({
  name: "AttachGroupPolicy",
  read: (input) => ({
    name: input.required("GroupName", GROUP_NAME),
    policyArn: input.required("PolicyArn", ARN),
  }),
  target: async (call, { name, policyArn }) => ({ ...(await holderTarget(call, "group", name)), policyArn }),
  run: async (call, { name, policyArn }) => {
    await attachPolicy(call, "group", name, policyArn);
    return null;
  },
});

import { attachPolicy } from "../attachments.ts";
import { ARN, EXISTING_USER_NAME } from "../constraints.ts";
import { operation } from "../operation.ts";
import { holderTarget } from "../targets.ts";

/** Attaching what is attached changes nothing. */
export const attachUserPolicy = operation({
  name: "AttachUserPolicy",
  read: (input) => ({
    name: input.required("UserName", EXISTING_USER_NAME),
    policyArn: input.required("PolicyArn", ARN),
  }),
  target: async (call, { name, policyArn }) => ({ ...(await holderTarget(call, "user", name)), policyArn }),
  run: async (call, { name, policyArn }) => {
    await attachPolicy(call, "user", name, policyArn);
    return null;
  },
});

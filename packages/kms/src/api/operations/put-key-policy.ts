import { flag, required, structure } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { checkPolicy } from "../../access/check-policy.ts";
import { resolveKey } from "../../access/resolve-key.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID, POLICY, POLICY_NAME } from "../shapes.ts";
import { requirePolicyName } from "./get-key-policy.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  PolicyName: POLICY_NAME,
  Policy: required(POLICY),
  BypassPolicyLockoutSafetyCheck: flag(),
});

export const putKeyPolicy = defineOperation("PutKeyPolicy", INPUT, async (input, call) => {
  const bypassesLockoutCheck = input.BypassPolicyLockoutSafetyCheck ?? false;
  const { key } = await resolveKey(call, input.KeyId, "key", "PutKeyPolicy");
  await changeKey(
    call,
    {
      keyId: input.KeyId,
      action: "PutKeyPolicy",
      states: null,
      conditions: { bypasspolicylockoutsafetycheck: bypassesLockoutCheck },
    },
    async ({ record }) => {
      requirePolicyName(input.PolicyName);
      const boundPolicy = await checkPolicy(call, input.Policy, { keyArn: key.arn, bypassesLockoutCheck });
      return { record: { ...record, policy: input.Policy, boundPolicy } };
    },
  );
  return undefined;
});

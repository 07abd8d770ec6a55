import { required, structure } from "@strongroom/wire";
import { inspectKey } from "../../access/change-key.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID, POLICY_NAME } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), PolicyName: POLICY_NAME });

/** The only name a key policy can have. */
export const POLICY_NAME_DEFAULT = "default";

export function requirePolicyName(name: string | undefined): void {
  if (name !== undefined && name !== POLICY_NAME_DEFAULT) {
    throw new KmsError("NotFoundException", `No such policy exists`);
  }
}

export const getKeyPolicy = defineOperation("GetKeyPolicy", INPUT, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "GetKeyPolicy");
  requirePolicyName(input.PolicyName);
  return { Policy: key.record.policy, PolicyName: POLICY_NAME_DEFAULT };
});

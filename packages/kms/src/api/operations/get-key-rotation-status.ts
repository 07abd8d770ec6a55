import { inspectKey } from "../../access/change-key.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

/** Keys that cannot rotate are asked about too, by Terraform for one: for them it is always false. */
export const getKeyRotationStatus = defineOperation("GetKeyRotationStatus", KEY_ONLY, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "GetKeyRotationStatus");
  const { record, set } = key;
  const isPending = record.deletionMs !== undefined || record.pendingWindowDays !== undefined;
  const { nextRotationMs } = set;
  const isEnabled = nextRotationMs !== undefined && !isPending;
  return {
    KeyId: key.arn,
    KeyRotationEnabled: isEnabled,
    NextRotationDate: isEnabled ? new Date(nextRotationMs) : undefined,
    RotationPeriodInDays: isEnabled ? set.rotationPeriodDays : undefined,
  };
});

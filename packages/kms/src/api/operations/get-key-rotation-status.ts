import { inspectKey } from "../../access/change-key.ts";
import { unsupported } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

export const getKeyRotationStatus = defineOperation("GetKeyRotationStatus", KEY_ONLY, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "GetKeyRotationStatus");
  const { record, set } = key;
  if (set.spec !== "SYMMETRIC_DEFAULT") throw unsupported("");
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

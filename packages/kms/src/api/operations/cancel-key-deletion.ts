import { changeKey } from "../../access/change-key.ts";
import { stateOf } from "../../keys/kms-key.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

export const cancelKeyDeletion = defineOperation("CancelKeyDeletion", KEY_ONLY, async (input, call) => {
  const key = await changeKey(
    call,
    { keyId: input.KeyId, action: "CancelKeyDeletion", states: null },
    (fresh, nowMs) => {
      const state = stateOf(fresh, nowMs);
      if (state !== "PendingDeletion" && state !== "PendingReplicaDeletion") {
        throw new KmsError("KMSInvalidStateException", `${fresh.arn} is not pending deletion.`);
      }
      return {
        record: { ...fresh.record, isEnabled: false, deletionMs: undefined, pendingWindowDays: undefined },
      };
    },
  );
  return { KeyId: key.arn };
});

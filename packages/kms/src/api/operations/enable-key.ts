import { changeKey } from "../../access/change-key.ts";
import { NOT_PENDING } from "../../access/require-state.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

export const enableKey = defineOperation("EnableKey", KEY_ONLY, async (input, call) => {
  await changeKey(call, { keyId: input.KeyId, action: "EnableKey", states: NOT_PENDING }, ({ record }) =>
    record.isEnabled ? null : { record: { ...record, isEnabled: true } },
  );
  return undefined;
});

import { changeKey } from "../../access/change-key.ts";
import { NOT_PENDING } from "../../access/require-state.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

export const disableKey = defineOperation("DisableKey", KEY_ONLY, async (input, call) => {
  await changeKey(
    call,
    { keyId: input.KeyId, action: "DisableKey", states: NOT_PENDING, tellsIdleDays: true },
    ({ record }) => (record.isEnabled ? { record: { ...record, isEnabled: false } } : null),
  );
  return undefined;
});

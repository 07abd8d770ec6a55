import { changeKey } from "../../access/change-key.ts";
import { USABLE } from "../../access/require-state.ts";
import { requireOrigin, requireRotatable } from "../../access/rotation-rules.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

export const disableKeyRotation = defineOperation("DisableKeyRotation", KEY_ONLY, async (input, call) => {
  await changeKey(
    call,
    {
      keyId: input.KeyId,
      action: "DisableKeyRotation",
      states: USABLE,
      check: (key) => {
        requireRotatable(key);
        requireOrigin(key, "AWS_KMS");
      },
    },
    ({ set }) => ({ set: { ...set, rotationPeriodDays: undefined, nextRotationMs: undefined } }),
  );
  return undefined;
});

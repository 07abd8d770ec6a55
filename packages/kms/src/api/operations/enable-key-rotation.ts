import { integer, required, structure } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { USABLE } from "../../access/require-state.ts";
import { requireOrigin, requireRotatable } from "../../access/rotation-rules.ts";
import { ROTATION_PERIOD_DAYS } from "../../keys/periods.ts";
import { nextRotation } from "../../keys/rotate-key.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  RotationPeriodInDays: integer({ min: 90, max: 2560 }),
});

export const enableKeyRotation = defineOperation("EnableKeyRotation", INPUT, async (input, call) => {
  const rotationPeriodDays = input.RotationPeriodInDays ?? ROTATION_PERIOD_DAYS;
  await changeKey(
    call,
    {
      keyId: input.KeyId,
      action: "EnableKeyRotation",
      states: USABLE,
      conditions: { rotationperiodindays: rotationPeriodDays },
      check: (key) => {
        requireRotatable(key);
        requireOrigin(key, "AWS_KMS");
      },
    },
    (key, nowMs) => {
      if (key.set.rotationPeriodDays === rotationPeriodDays) return null;
      const set = { ...key.set, rotationPeriodDays };
      return { set: { ...set, nextRotationMs: nextRotation(set, nowMs) } };
    },
  );
  return undefined;
});

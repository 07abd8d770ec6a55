import { changeKey } from "../../access/change-key.ts";
import { USABLE } from "../../access/require-state.ts";
import { requireRotatable } from "../../access/rotation-rules.ts";
import { abandonMaterials, withNewMaterial, withPendingMaterial } from "../../keys/rotate-key.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

/** For the life of a key; its automatic rotations do not count. */
const MAX_ON_DEMAND = 25;

export const rotateKeyOnDemand = defineOperation("RotateKeyOnDemand", KEY_ONLY, async (input, call) => {
  const { services } = call;
  const key = await changeKey(
    call,
    { keyId: input.KeyId, action: "RotateKeyOnDemand", states: USABLE },
    async (fresh, nowMs) => {
      requireRotatable(fresh);
      if (fresh.set.onDemandRotations >= MAX_ON_DEMAND) {
        throw new KmsError(
          "LimitExceededException",
          "The on-demand rotations limit has been reached for the given keyId. " +
            `No more on-demand rotations can be performed for this key: ${fresh.arn}`,
        );
      }
      const set =
        fresh.set.origin === "EXTERNAL"
          ? withPendingMaterial(fresh.set, nowMs)
          : await withNewMaterial(services, fresh, "ON_DEMAND", nowMs);
      if (set === null) {
        throw new KmsError(
          "KMSInvalidStateException",
          `No available key material pending rotation for the key: ${fresh.arn}.`,
        );
      }
      return {
        set: { ...set, onDemandRotations: fresh.set.onDemandRotations + 1 },
        abandon: () => abandonMaterials(services, fresh.set, set),
      };
    },
  );
  return { KeyId: key.arn };
});

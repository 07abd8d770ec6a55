import { required, structure } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { USABLE } from "../../access/require-state.ts";
import { requirePrimary } from "../../access/rotation-rules.ts";
import { keyArn } from "../../keys/key-id.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID, REGION } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), PrimaryRegion: required(REGION) });

export const updatePrimaryRegion = defineOperation("UpdatePrimaryRegion", INPUT, async (input, call) => {
  const region = input.PrimaryRegion;
  await changeKey(
    call,
    {
      keyId: input.KeyId,
      action: "UpdatePrimaryRegion",
      states: USABLE,
      conditions: { primaryregion: region },
      check: requirePrimary,
    },
    (fresh) => {
      requirePrimary(fresh);
      const { record, set } = fresh;
      if (!set.replicaRegions.includes(region)) {
        throw new KmsError(
          "NotFoundException",
          `Key '${keyArn(region, record.accountId, record.keyId)}' does not exist`,
        );
      }
      const others = set.replicaRegions.filter((each) => each !== region);
      return { set: { ...set, primaryRegion: region, replicaRegions: [...others, record.region] } };
    },
  );
  return undefined;
});

import { required, structure } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { NOT_DELETED } from "../../access/require-state.ts";
import { defineOperation } from "../kms-operation.ts";
import { DESCRIPTION, KEY_ID } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), Description: required(DESCRIPTION) });

export const updateKeyDescription = defineOperation("UpdateKeyDescription", INPUT, async (input, call) => {
  await changeKey(
    call,
    { keyId: input.KeyId, action: "UpdateKeyDescription", states: NOT_DELETED },
    ({ record }) => ({ record: { ...record, description: input.Description } }),
  );
  return undefined;
});

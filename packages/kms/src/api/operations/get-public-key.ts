import { required, structure } from "@strongroom/wire";
import { authorizeKeyUse } from "../../access/authorize.ts";
import { NOT_PENDING, requireState } from "../../access/require-state.ts";
import { resolveKey } from "../../access/resolve-key.ts";
import { ALGORITHM_MEMBERS } from "../../keys/key-metadata.ts";
import { findAlgorithms, kindOf } from "../../keys/key-spec.ts";
import { currentMaterial } from "../../keys/kms-key.ts";
import { unsupported } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { GRANT_TOKENS, KEY_ID } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), GrantTokens: GRANT_TOKENS });

export const getPublicKey = defineOperation("GetPublicKey", INPUT, async (input, call) => {
  const { key, alias } = await resolveKey(call, input.KeyId, "key-or-alias", "GetPublicKey");
  await authorizeKeyUse(call, {
    action: "GetPublicKey",
    key,
    alias,
    grantOperation: "GetPublicKey",
    grantTokens: input.GrantTokens,
  });
  const { set } = key;
  if (kindOf(set.spec) !== "asymmetric") {
    throw unsupported(`${key.arn} key spec is ${set.spec} which is not valid for GetPublicKey.`);
  }
  // AWS answers for disabled keys too (recorded), whatever its guide says.
  requireState(key, call.services.clock.nowMs(), NOT_PENDING);
  return {
    KeyId: key.arn,
    PublicKey: currentMaterial(set)?.publicKey,
    CustomerMasterKeySpec: set.spec,
    KeySpec: set.spec,
    KeyUsage: set.usage,
    [ALGORITHM_MEMBERS[set.usage]]: findAlgorithms(set.spec, set.usage) ?? [],
  };
});

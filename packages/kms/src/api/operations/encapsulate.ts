import { createPublicKey, encapsulate as encapsulateTo } from "node:crypto";
import { oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { requireCurrent } from "../../crypto/symmetric.ts";
import { unsupported } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { DRY_RUN, GRANT_TOKENS, KEY_ID } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  EncapsulationAlgorithm: required(oneOf(["ML_KEM"])),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
});

export const encapsulate = defineOperation("Encapsulate", INPUT, async (input, call) => {
  const algorithm = input.EncapsulationAlgorithm;
  const key = await useKey(call, input.KeyId, {
    action: "Encapsulate",
    usage: "ENCAPSULATE_DECAPSULATE",
    algorithm,
    grantTokens: input.GrantTokens,
  });
  answerDryRun(input.DryRun);
  const { publicKey } = requireCurrent(key, call.services.clock.nowMs());
  if (publicKey === undefined) throw unsupported("The key has no public half.");
  const { sharedKey, ciphertext } = encapsulateTo(
    createPublicKey({ key: publicKey, format: "der", type: "spki" }),
  );
  return {
    KeyId: key.arn,
    SharedSecret: sharedKey,
    SharedSecretCiphertextBlob: ciphertext,
    EncapsulationAlgorithm: algorithm,
  };
});

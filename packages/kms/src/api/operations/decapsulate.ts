import { decapsulate as decapsulateWith } from "node:crypto";
import { oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { requireCurrent } from "../../crypto/symmetric.ts";
import { invalidCiphertext } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { CIPHERTEXT, DRY_RUN, GRANT_TOKENS, KEY_ID } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  SharedSecretCiphertextBlob: required(CIPHERTEXT),
  EncapsulationAlgorithm: required(oneOf(["ML_KEM"])),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
});

/** Bytes of the right length that were not made for this key give pseudo-random bytes (FIPS 203, implicit rejection). */
export const decapsulate = defineOperation("Decapsulate", INPUT, async (input, call) => {
  const algorithm = input.EncapsulationAlgorithm;
  const key = await useKey(call, input.KeyId, {
    action: "Decapsulate",
    usage: "ENCAPSULATE_DECAPSULATE",
    algorithm,
    grantTokens: input.GrantTokens,
  });
  answerDryRun(input.DryRun);
  const { materials, clock } = call.services;
  const privateKey = await materials.open(key.set, requireCurrent(key, clock.nowMs()));
  try {
    const sharedSecret = decapsulateWith(privateKey, input.SharedSecretCiphertextBlob);
    return { KeyId: key.arn, SharedSecret: sharedSecret, EncapsulationAlgorithm: algorithm };
  } catch {
    throw invalidCiphertext();
  }
});

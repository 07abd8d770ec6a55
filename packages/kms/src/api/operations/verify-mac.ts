import { timingSafeEqual } from "node:crypto";
import { oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { MAC_ALGORITHMS } from "../../keys/key-spec.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { CIPHERTEXT, DRY_RUN, GRANT_TOKENS, KEY_ID, PLAINTEXT } from "../shapes.ts";
import { macOf } from "./generate-mac.ts";

const INPUT = structure({
  Message: required(PLAINTEXT),
  KeyId: required(KEY_ID),
  MacAlgorithm: required(oneOf(MAC_ALGORITHMS)),
  Mac: required(CIPHERTEXT),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
});

export const verifyMac = defineOperation("VerifyMac", INPUT, async (input, call) => {
  const algorithm = input.MacAlgorithm;
  const key = await useKey(call, input.KeyId, {
    action: "VerifyMac",
    usage: "GENERATE_VERIFY_MAC",
    algorithm,
    conditions: { macalgorithm: algorithm },
    grantTokens: input.GrantTokens,
  });
  answerDryRun(input.DryRun);
  const wanted = await macOf(call, key, algorithm, input.Message);
  if (wanted.length !== input.Mac.length || !timingSafeEqual(wanted, input.Mac)) {
    throw new KmsError("KMSInvalidMacException", "");
  }
  return { KeyId: key.arn, MacValid: true, MacAlgorithm: algorithm };
});

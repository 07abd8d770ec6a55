import { oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { checkMessage, MESSAGE_TYPES, signMessage } from "../../crypto/signing.ts";
import { requireCurrent } from "../../crypto/symmetric.ts";
import { SIGNING_ALGORITHMS } from "../../keys/key-spec.ts";
import { defineOperation } from "../kms-operation.ts";
import { DRY_RUN, GRANT_TOKENS, KEY_ID, PLAINTEXT } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  Message: required(PLAINTEXT),
  MessageType: oneOf(MESSAGE_TYPES),
  GrantTokens: GRANT_TOKENS,
  SigningAlgorithm: required(oneOf(SIGNING_ALGORITHMS)),
  DryRun: DRY_RUN,
});

export const sign = defineOperation("Sign", INPUT, async (input, call) => {
  const { SigningAlgorithm: algorithm, MessageType: messageType = "RAW", Message: message } = input;
  const key = await useKey(call, input.KeyId, {
    action: "Sign",
    usage: "SIGN_VERIFY",
    algorithm,
    conditions: { signingalgorithm: algorithm, messagetype: messageType },
    grantTokens: input.GrantTokens,
  });
  const signing = { spec: key.set.spec, algorithm, messageType, message };
  checkMessage(signing);
  answerDryRun(input.DryRun);
  const { materials, clock } = call.services;
  const privateKey = await materials.open(key.set, requireCurrent(key, clock.nowMs()));
  return { KeyId: key.arn, Signature: await signMessage(privateKey, signing), SigningAlgorithm: algorithm };
});

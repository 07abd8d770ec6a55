import { oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { checkMessage, MESSAGE_TYPES, verifyMessage } from "../../crypto/signing.ts";
import { requireCurrent } from "../../crypto/symmetric.ts";
import { SIGNING_ALGORITHMS } from "../../keys/key-spec.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { CIPHERTEXT, DRY_RUN, GRANT_TOKENS, KEY_ID, PLAINTEXT } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  Message: required(PLAINTEXT),
  MessageType: oneOf(MESSAGE_TYPES),
  Signature: required(CIPHERTEXT),
  SigningAlgorithm: required(oneOf(SIGNING_ALGORITHMS)),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
});

/** An invalid signature is an error: `SignatureValid` is never false. */
export const verify = defineOperation("Verify", INPUT, async (input, call) => {
  const { SigningAlgorithm: algorithm, MessageType: messageType = "RAW", Message: message } = input;
  const key = await useKey(call, input.KeyId, {
    action: "Verify",
    usage: "SIGN_VERIFY",
    algorithm,
    conditions: { signingalgorithm: algorithm, messagetype: messageType },
    grantTokens: input.GrantTokens,
  });
  const signing = { spec: key.set.spec, algorithm, messageType, message };
  checkMessage(signing);
  answerDryRun(input.DryRun);
  const { publicKey } = requireCurrent(key, call.services.clock.nowMs());
  if (publicKey === undefined || !verifyMessage(publicKey, signing, input.Signature)) {
    throw new KmsError("KMSInvalidSignatureException", "");
  }
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: algorithm };
});

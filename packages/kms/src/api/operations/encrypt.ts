import { SecretBytes } from "@strongroom/base";
import { oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { NO_CONTEXT } from "../../ciphertext-blob/encryption-context.ts";
import { encryptWithPublicKey } from "../../crypto/rsa-encryption.ts";
import { sealUnderKey } from "../../crypto/symmetric.ts";
import { ENCRYPTION_ALGORITHMS } from "../../keys/key-spec.ts";
import { refuseContextFor } from "../encryption-parameters.ts";
import { defineOperation } from "../kms-operation.ts";
import { DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, PLAINTEXT } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  Plaintext: required(PLAINTEXT),
  EncryptionContext: ENCRYPTION_CONTEXT,
  GrantTokens: GRANT_TOKENS,
  EncryptionAlgorithm: oneOf(ENCRYPTION_ALGORITHMS),
  DryRun: DRY_RUN,
});

export const encrypt = defineOperation("Encrypt", INPUT, async (input, call) => {
  using plaintext = new SecretBytes(input.Plaintext);
  const algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const context = input.EncryptionContext ?? NO_CONTEXT;
  refuseContextFor(algorithm, context);
  const key = await useKey(call, input.KeyId, {
    action: "Encrypt",
    usage: "ENCRYPT_DECRYPT",
    algorithm,
    encryptionContext: context,
    conditions: { encryptionalgorithm: algorithm },
    grantTokens: input.GrantTokens,
  });
  answerDryRun(input.DryRun);
  const blob =
    algorithm === "SYMMETRIC_DEFAULT"
      ? (await sealUnderKey(call.services, key, plaintext, context)).blob
      : encryptWithPublicKey(call.services, key, algorithm, plaintext);
  return { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm: algorithm };
});

import { listOf, oneOf, structure } from "@strongroom/wire";
import { NO_CONTEXT } from "../../ciphertext-blob/encryption-context.ts";
import { decryptCiphertext } from "../../crypto/decrypt-ciphertext.ts";
import { ENCRYPTION_ALGORITHMS } from "../../keys/key-spec.ts";
import { refuseRecipient } from "../encryption-parameters.ts";
import { defineOperation } from "../kms-operation.ts";
import { CIPHERTEXT, DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, RECIPIENT } from "../shapes.ts";

const INPUT = structure({
  CiphertextBlob: CIPHERTEXT,
  EncryptionContext: ENCRYPTION_CONTEXT,
  GrantTokens: GRANT_TOKENS,
  KeyId: KEY_ID,
  EncryptionAlgorithm: oneOf(ENCRYPTION_ALGORITHMS),
  Recipient: RECIPIENT,
  DryRun: DRY_RUN,
  DryRunModifiers: listOf(oneOf(["IGNORE_CIPHERTEXT"])),
});

export const decrypt = defineOperation("Decrypt", INPUT, async (input, call) => {
  refuseRecipient(input.Recipient);
  const algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const opened = await decryptCiphertext(call, {
    action: "Decrypt",
    blob: input.CiphertextBlob,
    keyId: input.KeyId,
    algorithm,
    context: input.EncryptionContext ?? NO_CONTEXT,
    grantTokens: input.GrantTokens,
    isDryRun: input.DryRun,
    ignoresCiphertext: input.DryRunModifiers?.includes("IGNORE_CIPHERTEXT") ?? false,
    conditions: { encryptionalgorithm: algorithm },
  });
  using plaintext = opened.plaintext;
  return {
    KeyId: opened.key.arn,
    Plaintext: Buffer.from(plaintext.expose()),
    EncryptionAlgorithm: algorithm,
    KeyMaterialId: opened.materialId,
  };
});

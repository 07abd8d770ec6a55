import { SecretBytes } from "@strongroom/base";
import { integer, oneOf, type ParsedAs, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { NO_CONTEXT } from "../../ciphertext-blob/encryption-context.ts";
import { type SealedMessage, sealUnderKey } from "../../crypto/symmetric.ts";
import type { KmsKey } from "../../keys/kms-key.ts";
import { invalid } from "../../kms-error.ts";
import { refuseRecipient } from "../encryption-parameters.ts";
import { defineOperation, type KmsCall } from "../kms-operation.ts";
import { DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, RECIPIENT } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  EncryptionContext: ENCRYPTION_CONTEXT,
  NumberOfBytes: integer({ min: 1, max: 1024 }),
  KeySpec: oneOf(["AES_256", "AES_128"]),
  GrantTokens: GRANT_TOKENS,
  Recipient: RECIPIENT,
  DryRun: DRY_RUN,
});
type Input = ParsedAs<typeof INPUT>;

const SIZE_BYTES = { AES_256: 32, AES_128: 16 } as const;

export const generateDataKey = defineOperation("GenerateDataKey", INPUT, async (input, call) => {
  const { key, message, plaintext } = await makeDataKey(call, input, "GenerateDataKey");
  using owned = plaintext;
  return {
    CiphertextBlob: message.blob,
    Plaintext: Buffer.from(owned.expose()),
    KeyId: key.arn,
    KeyMaterialId: message.materialId,
  };
});

export const generateDataKeyWithoutPlaintext = defineOperation(
  "GenerateDataKeyWithoutPlaintext",
  INPUT,
  async (input, call) => {
    const { key, message, plaintext } = await makeDataKey(call, input, "GenerateDataKeyWithoutPlaintext");
    plaintext.wipe();
    return { CiphertextBlob: message.blob, KeyId: key.arn, KeyMaterialId: message.materialId };
  },
);

async function makeDataKey(
  call: KmsCall,
  input: Input,
  action: "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext",
): Promise<{ key: KmsKey; message: SealedMessage; plaintext: SecretBytes }> {
  refuseRecipient(input.Recipient);
  if ((input.KeySpec === undefined) === (input.NumberOfBytes === undefined)) {
    throw invalid("Please specify either number of bytes or key spec.");
  }
  const sizeBytes = input.KeySpec === undefined ? (input.NumberOfBytes ?? 0) : SIZE_BYTES[input.KeySpec];
  const context = input.EncryptionContext ?? NO_CONTEXT;
  const key = await useKey(call, input.KeyId, {
    action,
    usage: "ENCRYPT_DECRYPT",
    algorithm: "SYMMETRIC_DEFAULT",
    encryptionContext: context,
    conditions: { encryptionalgorithm: "SYMMETRIC_DEFAULT" },
    grantTokens: input.GrantTokens,
  });
  answerDryRun(input.DryRun);
  const plaintext = SecretBytes.random(sizeBytes);
  return { key, message: await sealUnderKey(call.services, key, plaintext, context), plaintext };
}

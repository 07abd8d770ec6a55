import { oneOf, type ParsedAs, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { NO_CONTEXT } from "../../ciphertext-blob/encryption-context.ts";
import { generateMaterial, type NewMaterial } from "../../crypto/generate-material.ts";
import { type SealedMessage, sealUnderKey } from "../../crypto/symmetric.ts";
import type { KmsKey } from "../../keys/kms-key.ts";
import { unsupported } from "../../kms-error.ts";
import { refuseRecipient } from "../encryption-parameters.ts";
import { defineOperation, type KmsCall } from "../kms-operation.ts";
import { DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, RECIPIENT } from "../shapes.ts";

const PAIR_SPECS = [
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "SM2",
  "ECC_NIST_EDWARDS25519",
  "ML_KEM_512",
  "ML_KEM_768",
  "ML_KEM_1024",
] as const;

const INPUT = structure({
  EncryptionContext: ENCRYPTION_CONTEXT,
  KeyId: required(KEY_ID),
  KeyPairSpec: required(oneOf(PAIR_SPECS)),
  GrantTokens: GRANT_TOKENS,
  Recipient: RECIPIENT,
  DryRun: DRY_RUN,
});
type Input = ParsedAs<typeof INPUT>;

export const generateDataKeyPair = defineOperation("GenerateDataKeyPair", INPUT, async (input, call) => {
  const { key, pair, message } = await makePair(call, input, "GenerateDataKeyPair");
  using secret = pair.secret;
  return { ...printed(input, key, pair, message), PrivateKeyPlaintext: Buffer.from(secret.expose()) };
});

export const generateDataKeyPairWithoutPlaintext = defineOperation(
  "GenerateDataKeyPairWithoutPlaintext",
  INPUT,
  async (input, call) => {
    const { key, pair, message } = await makePair(call, input, "GenerateDataKeyPairWithoutPlaintext");
    pair.secret.wipe();
    return printed(input, key, pair, message);
  },
);

async function makePair(
  call: KmsCall,
  input: Input,
  action: "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext",
): Promise<{ key: KmsKey; pair: NewMaterial; message: SealedMessage }> {
  refuseRecipient(input.Recipient);
  const context = input.EncryptionContext ?? NO_CONTEXT;
  const key = await useKey(call, input.KeyId, {
    action,
    usage: "ENCRYPT_DECRYPT",
    algorithm: "SYMMETRIC_DEFAULT",
    encryptionContext: context,
    conditions: { datakeypairspec: input.KeyPairSpec, encryptionalgorithm: "SYMMETRIC_DEFAULT" },
    grantTokens: input.GrantTokens,
  });
  if (input.KeyPairSpec === "SM2") throw unsupported("Key pair spec SM2 is not supported.");
  // As AWS: its clients learn it here, and not when they move to it.
  if (key.store !== null)
    throw unsupported(`${key.arn} origin is ${key.set.origin} which is not valid for this operation.`);
  answerDryRun(input.DryRun);
  const pair = await generateMaterial(input.KeyPairSpec);
  return { key, pair, message: await sealUnderKey(call.services, key, pair.secret, context) };
}

function printed(input: Input, key: KmsKey, pair: NewMaterial, message: SealedMessage) {
  return {
    PrivateKeyCiphertextBlob: message.blob,
    PublicKey: pair.publicKey ?? undefined,
    KeyId: key.arn,
    KeyPairSpec: input.KeyPairSpec,
    KeyMaterialId: message.materialId,
  };
}

import { listOf, oneOf, required, structure } from "@strongroom/wire";
import { resolveKey } from "../../access/resolve-key.ts";
import { answerDryRun, permitUse } from "../../access/use-key.ts";
import { readHead } from "../../ciphertext-blob/blob-layout.ts";
import { NO_CONTEXT } from "../../ciphertext-blob/encryption-context.ts";
import { prepareDecryption } from "../../crypto/decrypt-ciphertext.ts";
import { encryptWithPublicKey } from "../../crypto/rsa-encryption.ts";
import { sealUnderKey } from "../../crypto/symmetric.ts";
import { ENCRYPTION_ALGORITHMS } from "../../keys/key-spec.ts";
import { refuseContextFor } from "../encryption-parameters.ts";
import { defineOperation } from "../kms-operation.ts";
import { CIPHERTEXT, DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID } from "../shapes.ts";

const INPUT = structure({
  CiphertextBlob: CIPHERTEXT,
  SourceEncryptionContext: ENCRYPTION_CONTEXT,
  SourceKeyId: KEY_ID,
  DestinationKeyId: required(KEY_ID),
  DestinationEncryptionContext: ENCRYPTION_CONTEXT,
  SourceEncryptionAlgorithm: oneOf(ENCRYPTION_ALGORITHMS),
  DestinationEncryptionAlgorithm: oneOf(ENCRYPTION_ALGORITHMS),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
  DryRunModifiers: listOf(oneOf(["IGNORE_CIPHERTEXT"])),
});

export const reEncrypt = defineOperation("ReEncrypt", INPUT, async (input, call) => {
  const sourceAlgorithm = input.SourceEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const algorithm = input.DestinationEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const context = input.DestinationEncryptionContext ?? NO_CONTEXT;
  refuseContextFor(algorithm, context);
  const destination = await resolveKey(call, input.DestinationKeyId, "key-or-alias", "ReEncryptTo");
  const named =
    input.SourceKeyId === undefined
      ? null
      : await resolveKey(call, input.SourceKeyId, "key-or-alias", "ReEncryptFrom");
  const sourceId =
    named?.key.record.keyId ??
    (input.CiphertextBlob === undefined ? "" : readHead(input.CiphertextBlob).keyId);
  const isSameKey = sourceId === destination.key.record.keyId;
  const source = await prepareDecryption(call, {
    action: "ReEncryptFrom",
    blob: input.CiphertextBlob,
    keyId: input.SourceKeyId,
    algorithm: sourceAlgorithm,
    context: input.SourceEncryptionContext ?? NO_CONTEXT,
    grantTokens: input.GrantTokens,
    isDryRun: input.DryRun,
    ignoresCiphertext: input.DryRunModifiers?.includes("IGNORE_CIPHERTEXT") ?? false,
    conditions: { encryptionalgorithm: sourceAlgorithm, reencryptonsamekey: isSameKey },
  });
  await permitUse(call, destination, {
    action: "ReEncryptTo",
    operation: "ReEncrypt",
    usage: "ENCRYPT_DECRYPT",
    algorithm,
    encryptionContext: context,
    conditions: { encryptionalgorithm: algorithm, reencryptonsamekey: isSameKey },
    grantTokens: input.GrantTokens,
  });
  answerDryRun(input.DryRun);
  const { key } = destination;
  const opened = await source.open();
  using plaintext = opened.plaintext;
  const sealed =
    algorithm === "SYMMETRIC_DEFAULT"
      ? await sealUnderKey(call.services, key, plaintext, context)
      : { blob: encryptWithPublicKey(call.services, key, algorithm, plaintext), materialId: undefined };
  return {
    CiphertextBlob: sealed.blob,
    SourceKeyId: opened.key.arn,
    KeyId: key.arn,
    SourceEncryptionAlgorithm: sourceAlgorithm,
    DestinationEncryptionAlgorithm: algorithm,
    SourceKeyMaterialId: opened.materialId,
    DestinationKeyMaterialId: sealed.materialId,
  };
});

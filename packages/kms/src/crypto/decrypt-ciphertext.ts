import type { SecretBytes } from "@strongroom/base";
import type { RequestConditions } from "../access/key-conditions.ts";
import { ciphertextRefused } from "../access/key-errors.ts";
import { findKey, type NamedKey, resolveKey } from "../access/resolve-key.ts";
import { answerDryRun, permitUse } from "../access/use-key.ts";
import { refuseContextFor } from "../api/encryption-parameters.ts";
import type { KmsCall } from "../api/kms-operation.ts";
import { readHead } from "../ciphertext-blob/blob-layout.ts";
import type { EncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import type { EncryptionAlgorithm } from "../keys/key-spec.ts";
import type { KmsKey } from "../keys/kms-key.ts";
import { incorrectKey, invalid, invalidCiphertext, KmsError } from "../kms-error.ts";
import { decryptWithPrivateKey } from "./rsa-encryption.ts";
import { openUnderKey } from "./symmetric.ts";

export interface CiphertextUse {
  readonly action: "Decrypt" | "ReEncryptFrom";
  readonly blob: Buffer | undefined;
  /** What the request says opens it; the ciphertext itself where absent. */
  readonly keyId: string | undefined;
  readonly algorithm: EncryptionAlgorithm;
  readonly context: EncryptionContext;
  readonly grantTokens: readonly string[] | undefined;
  readonly isDryRun: boolean | undefined;
  /** A dry run that looks at permissions alone. */
  readonly ignoresCiphertext: boolean;
  readonly conditions: RequestConditions;
}

export interface DecryptedCiphertext {
  readonly key: KmsKey;
  /** The caller owns and wipes it. */
  readonly plaintext: SecretBytes;
  readonly materialId: string | undefined;
}

/**
 * Finds the key, checks that it may be used, opens. What was not permitted and what does not exist look the same when
 * the request did not name the key. Throws InvalidCiphertextException, IncorrectKeyException and what use of a key throws.
 */
export async function decryptCiphertext(call: KmsCall, use: CiphertextUse): Promise<DecryptedCiphertext> {
  const found = await prepareDecryption(call, use);
  answerDryRun(use.isDryRun);
  return found.open();
}

/** Everything but the opening. */
export async function prepareDecryption(
  call: KmsCall,
  use: CiphertextUse,
): Promise<{ readonly key: KmsKey; open(): Promise<DecryptedCiphertext> }> {
  const { blob, algorithm, context } = use;
  refuseContextFor(algorithm, context);
  if (blob === undefined) {
    const { key } = await permitNamed(call, use);
    if (use.isDryRun !== true || !use.ignoresCiphertext) throw invalid("CiphertextBlob is required.");
    return { key, open: () => Promise.reject(invalidCiphertext()) };
  }
  const { services } = call;
  if (algorithm !== "SYMMETRIC_DEFAULT") {
    const { key } = await permitNamed(call, use);
    return {
      key,
      open: async () => ({
        key,
        plaintext: await decryptWithPrivateKey(services, key, algorithm, blob),
        materialId: undefined,
      }),
    };
  }
  const head = readHead(blob);
  const named =
    use.keyId === undefined
      ? await findByBlob(call, head.keyId)
      : await resolveKey(call, use.keyId, "key-or-alias", use.action);
  if (named.key.record.keyId !== head.keyId) throw incorrectKey();
  await permitQuietly(call, named, use);
  const { key } = named;
  return { key, open: async () => ({ key, ...(await openUnderKey(services, key, head, blob, context)) }) };
}

async function findByBlob(call: KmsCall, keyId: string): Promise<NamedKey> {
  const key = await findKey(call, call.caller.region, keyId);
  if (key === null) throw ciphertextRefused();
  return { key, alias: null };
}

async function permitNamed(call: KmsCall, use: CiphertextUse): Promise<NamedKey> {
  if (use.keyId === undefined) throw invalid("KeyId is required when the ciphertext does not name its key.");
  const named = await resolveKey(call, use.keyId, "key-or-alias", use.action);
  await permit(call, named, use);
  return named;
}

async function permitQuietly(call: KmsCall, named: NamedKey, use: CiphertextUse): Promise<void> {
  try {
    await permit(call, named, use);
  } catch (error) {
    const isDenied = error instanceof KmsError && error.code === "AccessDeniedException";
    throw isDenied && use.keyId === undefined ? ciphertextRefused() : error;
  }
}

function permit(call: KmsCall, named: NamedKey, use: CiphertextUse): Promise<void> {
  return permitUse(call, named, {
    action: use.action,
    operation: use.action === "Decrypt" ? "Decrypt" : "ReEncrypt",
    usage: "ENCRYPT_DECRYPT",
    algorithm: use.algorithm,
    encryptionContext: use.context,
    conditions: use.conditions,
    grantTokens: use.grantTokens,
  });
}

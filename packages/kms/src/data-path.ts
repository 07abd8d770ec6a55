import { SecretBytes } from "@strongroom/base";
import type { KmsCaller } from "./access/kms-caller.ts";
import { resolveKey } from "./access/resolve-key.ts";
import { useKey } from "./access/use-key.ts";
import type { KmsServices } from "./api/kms-services.ts";
import { readHead } from "./ciphertext-blob/blob-layout.ts";
import type { EncryptionContext } from "./ciphertext-blob/encryption-context.ts";
import { decryptCiphertext } from "./crypto/decrypt-ciphertext.ts";
import { sealUnderKey } from "./crypto/symmetric.ts";
import { currentMaterial } from "./keys/kms-key.ts";

/** A use of a key by one of our own services, in the name of whoever made its request: never as a super-user. */
export interface DataKeyRequest {
  /** With `viaService` set. */
  readonly caller: KmsCaller;
  /** Key ARN, key id, alias or alias ARN; bare ones are names in the caller's account. */
  readonly keyId: string;
  readonly encryptionContext: EncryptionContext;
  readonly grantTokens?: readonly string[];
}

export interface GeneratedDataKey {
  readonly keyArn: string;
  readonly keyMaterialId: string;
  /** 32 bytes. The caller owns and wipes them. */
  readonly plaintext: SecretBytes;
  /** Opened by `decrypt` with the same context. */
  readonly ciphertextBlob: Buffer;
}

export interface DecryptRequest extends Omit<DataKeyRequest, "keyId"> {
  readonly ciphertextBlob: Uint8Array;
  /** null: the key that the blob names. */
  readonly keyId: string | null;
}

export interface DecryptedDataKey {
  readonly keyArn: string;
  readonly keyMaterialId: string;
  /** The caller owns and wipes it. */
  readonly plaintext: SecretBytes;
}

const DATA_KEY_SIZE_BYTES = 32;
const ALGORITHM = "SYMMETRIC_DEFAULT";
const CONDITIONS = { encryptionalgorithm: ALGORITHM } as const;

/** GenerateDataKey without the wire. Throws what the operation throws. */
export async function generateDataKey(
  services: KmsServices,
  request: DataKeyRequest,
): Promise<GeneratedDataKey> {
  const { caller, encryptionContext } = request;
  const key = await useKey({ caller, services }, request.keyId, {
    action: "GenerateDataKey",
    usage: "ENCRYPT_DECRYPT",
    algorithm: ALGORITHM,
    encryptionContext,
    conditions: CONDITIONS,
    grantTokens: request.grantTokens,
  });
  const plaintext = SecretBytes.random(DATA_KEY_SIZE_BYTES);
  const { blob, materialId } = await sealUnderKey(services, key, plaintext, encryptionContext);
  return { keyArn: key.arn, keyMaterialId: materialId, plaintext, ciphertextBlob: blob };
}

/** Decrypt without the wire. Throws what the operation throws. */
export async function decrypt(services: KmsServices, request: DecryptRequest): Promise<DecryptedDataKey> {
  const { caller, ciphertextBlob } = request;
  const opened = await decryptCiphertext(
    { caller, services },
    {
      action: "Decrypt",
      blob: Buffer.from(ciphertextBlob.buffer, ciphertextBlob.byteOffset, ciphertextBlob.length),
      keyId: request.keyId ?? undefined,
      algorithm: ALGORITHM,
      context: request.encryptionContext,
      grantTokens: request.grantTokens,
      isDryRun: false,
      ignoresCiphertext: false,
      conditions: CONDITIONS,
    },
  );
  return { keyArn: opened.key.arn, keyMaterialId: opened.materialId ?? "", plaintext: opened.plaintext };
}

/**
 * The ARN of a key that a request to another service names; bare ids and aliases are names in the caller's account.
 * Needs no permission: the use of the key does. Throws NotFoundException with AWS's text.
 */
export async function resolveKeyArn(
  services: KmsServices,
  caller: KmsCaller,
  keyId: string,
): Promise<string> {
  return (await resolveKey({ caller, services }, keyId, "key-or-alias", "DescribeKey")).key.arn;
}

/** The material that a key seals with now. */
export interface CurrentMaterial {
  readonly keyArn: string;
  /** As ciphertexts name it; materials that come later have greater ones. */
  readonly number: number;
  /** As users see it. */
  readonly materialId: string;
}

/** Needs no permission: the use of the key does. Throws NotFoundException with AWS's text. */
export async function findCurrentMaterial(
  services: KmsServices,
  caller: KmsCaller,
  keyId: string,
): Promise<CurrentMaterial> {
  const { key } = await resolveKey({ caller, services }, keyId, "key-or-alias", "DescribeKey");
  const current = currentMaterial(key.set);
  return { keyArn: key.arn, number: current?.number ?? 0, materialId: current?.id ?? "" };
}

/** The number of the material that a ciphertext says it is under; 0: it is none of ours. Not authentic. */
export function materialNumberOf(ciphertextBlob: Uint8Array): number {
  try {
    return readHead(Buffer.from(ciphertextBlob)).materialNumber;
  } catch {
    return 0;
  }
}

import type { SecretBytes } from "@strongroom/base";
import type { KmsServices } from "../api/kms-services.ts";
import type { BlobHead } from "../ciphertext-blob/blob-layout.ts";
import { openBlob, saltOf, sealBlob } from "../ciphertext-blob/ciphertext-blob.ts";
import type { EncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import type { MaterialRecord } from "../keys/key-record.ts";
import { currentMaterial, findMaterial, isUsable, type KmsKey } from "../keys/kms-key.ts";
import { invalidCiphertext, KmsError } from "../kms-error.ts";

export interface SealedMessage {
  readonly blob: Buffer;
  readonly materialId: string;
}

export interface OpenedMessage {
  /** The caller owns and wipes it. */
  readonly plaintext: SecretBytes;
  readonly materialId: string;
}

/** Seals a message under the key's current material. The caller keeps `plaintext`. */
export async function sealUnderKey(
  services: KmsServices,
  key: KmsKey,
  plaintext: SecretBytes,
  context: EncryptionContext,
): Promise<SealedMessage> {
  const material = requireCurrent(key, services.clock.nowMs());
  const { set } = key;
  const opened =
    services.materials.findOpened(set, material) ?? (await services.materials.open(set, material));
  const head = { keyId: set.keyId, materialNumber: material.number };
  const blob = sealBlob(services.subKeys.forSealing(opened), head, plaintext, context);
  return { blob, materialId: material.id };
}

/** Opens a blob that names this key. Throws InvalidCiphertextException. */
export async function openUnderKey(
  services: KmsServices,
  key: KmsKey,
  head: BlobHead,
  blob: Buffer,
  context: EncryptionContext,
): Promise<OpenedMessage> {
  const { set } = key;
  const material = findMaterial(set, head.materialNumber);
  if (material === null || set.spec !== "SYMMETRIC_DEFAULT") throw invalidCiphertext();
  if (!isUsable(material, services.clock.nowMs())) {
    throw new KmsError("KMSInvalidStateException", `${key.arn} is pending import.`);
  }
  const opened =
    services.materials.findOpened(set, material) ?? (await services.materials.open(set, material));
  const subKey = services.subKeys.forOpening(opened, saltOf(blob));
  return { plaintext: openBlob(subKey, blob, context), materialId: material.id };
}

export function requireCurrent(key: KmsKey, nowMs: number): MaterialRecord {
  const material = currentMaterial(key.set);
  if (material === null || !isUsable(material, nowMs)) {
    throw new KmsError("KMSInvalidStateException", `${key.arn} is pending import.`);
  }
  return material;
}

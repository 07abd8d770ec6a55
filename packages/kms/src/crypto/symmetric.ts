import { SecretBytes } from "@strongroom/base";
import { Pkcs11Error } from "@strongroom/pkcs11";
import type { KmsServices } from "../api/kms-services.ts";
import { type BlobHead, readHead } from "../ciphertext-blob/blob-layout.ts";
import { openBlob, saltOf, sealBlob } from "../ciphertext-blob/ciphertext-blob.ts";
import type { EncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import { boundOutside, externalHead, sealedOutside } from "../ciphertext-blob/external-blob.ts";
import { placeOf } from "../key-stores/stored-keys.ts";
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
  const head = { keyId: set.keyId, materialNumber: material.number, isExternal: false };
  const blob = sealBlob(services.subKeys.forSealing(opened), head, plaintext, context);
  if (key.store === null) return { blob, materialId: material.id };
  return { blob: await sealOutside(services, key, head, blob, context), materialId: material.id };
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
  if (head.isExternal !== (key.store !== null)) throw invalidCiphertext();
  if (!isUsable(material, services.clock.nowMs())) {
    throw new KmsError("KMSInvalidStateException", `${key.arn} is pending import.`);
  }
  const opened =
    services.materials.findOpened(set, material) ?? (await services.materials.open(set, material));
  const own = head.isExternal ? await openOutside(services, key, head, blob, context) : blob;
  const subKey = services.subKeys.forOpening(opened, saltOf(own));
  return { plaintext: openBlob(subKey, own, context), materialId: material.id };
}

/** The device seals what the service sealed: neither alone opens anything, and it never sees a plaintext. */
async function sealOutside(
  services: KmsServices,
  key: KmsKey,
  head: BlobHead,
  own: Buffer,
  context: EncryptionContext,
): Promise<Buffer> {
  const outer = externalHead(head);
  const sealed = await services.customKeyStores.use(placeOf(key), (device) =>
    device.seal(key.set.keyId, new SecretBytes(own), boundOutside(outer, context)),
  );
  return Buffer.concat([outer, sealed]);
}

/** Throws InvalidCiphertextException, KMSInvalidStateException and KeyUnavailableException. */
async function openOutside(
  services: KmsServices,
  key: KmsKey,
  head: BlobHead,
  blob: Buffer,
  context: EncryptionContext,
): Promise<Buffer> {
  const bound = boundOutside(externalHead(head), context);
  try {
    const opened = await services.customKeyStores.use(placeOf(key), (device) =>
      device.unseal(key.set.keyId, sealedOutside(blob), bound),
    );
    const own = opened.expose();
    const inner = readHead(own);
    const isSame = inner.keyId === head.keyId && inner.materialNumber === head.materialNumber;
    if (!isSame || inner.isExternal) throw invalidCiphertext();
    return own;
  } catch (error) {
    if (error instanceof Pkcs11Error) throw invalidCiphertext();
    throw error;
  }
}

export function requireCurrent(key: KmsKey, nowMs: number): MaterialRecord {
  const material = currentMaterial(key.set);
  if (material === null || !isUsable(material, nowMs)) {
    throw new KmsError("KMSInvalidStateException", `${key.arn} is pending import.`);
  }
  return material;
}

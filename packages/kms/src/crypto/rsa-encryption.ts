import { constants, createPublicKey, privateDecrypt, publicEncrypt } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import type { KmsServices } from "../api/kms-services.ts";
import type { EncryptionAlgorithm } from "../keys/key-spec.ts";
import type { KmsKey } from "../keys/kms-key.ts";
import { invalid, invalidCiphertext, unsupported } from "../kms-error.ts";
import { RSA_SIZE_BITS } from "./generate-material.ts";
import { requireCurrent } from "./symmetric.ts";

const HASHES = {
  RSAES_OAEP_SHA_1: { name: "sha1", sizeBytes: 20 },
  RSAES_OAEP_SHA_256: { name: "sha256", sizeBytes: 32 },
} as const;

function hashOf(algorithm: EncryptionAlgorithm) {
  if (algorithm !== "RSAES_OAEP_SHA_1" && algorithm !== "RSAES_OAEP_SHA_256") {
    throw unsupported(`The algorithm ${algorithm} is not supported.`);
  }
  return HASHES[algorithm];
}

/** Throws ValidationException for what does not fit (RFC 8017 §7.1.1: k − 2 hLen − 2 bytes). */
export function encryptWithPublicKey(
  services: KmsServices,
  key: KmsKey,
  algorithm: EncryptionAlgorithm,
  plaintext: SecretBytes,
): Buffer {
  const hash = hashOf(algorithm);
  const { spec } = key.set;
  const material = requireCurrent(key, services.clock.nowMs());
  if (!isRsa(spec) || material.publicKey === undefined) throw unsupported(`${spec} does not encrypt.`);
  const limit = RSA_SIZE_BITS[spec] / 8 - 2 * hash.sizeBytes - 2;
  if (plaintext.sizeBytes > limit) {
    throw invalid(
      `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${limit} bytes.`,
    );
  }
  const publicKey = createPublicKey({ key: material.publicKey, format: "der", type: "spki" });
  return publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash.name },
    plaintext.expose(),
  );
}

/** Throws InvalidCiphertextException. The caller owns the result. */
export async function decryptWithPrivateKey(
  services: KmsServices,
  key: KmsKey,
  algorithm: EncryptionAlgorithm,
  blob: Buffer,
): Promise<SecretBytes> {
  const hash = hashOf(algorithm);
  const material = requireCurrent(key, services.clock.nowMs());
  const privateKey = await services.materials.open(key.set, material);
  try {
    return new SecretBytes(
      privateDecrypt(
        { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash.name },
        blob,
      ),
    );
  } catch {
    throw invalidCiphertext();
  }
}

function isRsa(spec: string): spec is keyof typeof RSA_SIZE_BITS {
  return Object.hasOwn(RSA_SIZE_BITS, spec);
}

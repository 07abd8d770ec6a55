import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createSecretKey,
  type KeyObject,
  privateDecrypt,
} from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import type { KeySpec } from "../keys/key-spec.ts";
import { invalidCiphertext } from "../kms-error.ts";
import { CURVES, HMAC_SIZE_BYTES, RSA_SIZE_BITS, SYMMETRIC_SIZE_BYTES } from "./generate-material.ts";

/** How imported material may be wrapped; PKCS #1 v1.5 and SM2 are refused. */
export const WRAPPING_ALGORITHMS = [
  "RSAES_PKCS1_V1_5",
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  "RSA_AES_KEY_WRAP_SHA_1",
  "RSA_AES_KEY_WRAP_SHA_256",
  "SM2PKE",
] as const;
export type WrappingAlgorithm = (typeof WRAPPING_ALGORITHMS)[number];

const AES_KEY_SIZE_BYTES = 32;
/** RFC 5649 §3. */
const KEY_WRAP_PAD_IV = Buffer.from("a65959a6", "hex");

/** Throws InvalidCiphertextException for what does not unwrap. The caller owns the result. */
export function unwrapMaterial(
  privateKey: KeyObject,
  algorithm: WrappingAlgorithm,
  wrapped: Buffer,
): SecretBytes {
  const oaepHash = algorithm.endsWith("SHA_256") ? "sha256" : "sha1";
  const key = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
  try {
    if (!algorithm.startsWith("RSA_AES_KEY_WRAP")) return new SecretBytes(privateDecrypt(key, wrapped));
    const sizeBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    using wrappingKey = new SecretBytes(privateDecrypt(key, wrapped.subarray(0, sizeBytes)));
    if (wrappingKey.sizeBytes !== AES_KEY_SIZE_BYTES) throw invalidCiphertext();
    const aes = createSecretKey(wrappingKey.expose());
    const decipher = createDecipheriv("id-aes256-wrap-pad", aes, KEY_WRAP_PAD_IV);
    const bytes = decipher.update(wrapped.subarray(sizeBytes));
    const rest = decipher.final();
    const material = new SecretBytes(Buffer.concat([bytes, rest]));
    bytes.fill(0);
    rest.fill(0);
    return material;
  } catch {
    throw invalidCiphertext();
  }
}

/**
 * The material in the one form in which it is sealed, or null when it is none of this spec. `material` is used up.
 */
export function canonicalMaterial(spec: KeySpec, material: SecretBytes): SecretBytes | null {
  if (spec === "SYMMETRIC_DEFAULT") return material.sizeBytes === SYMMETRIC_SIZE_BYTES ? material : null;
  const hmacSizes = new Map<string, number>(Object.entries(HMAC_SIZE_BYTES));
  const hmacSize = hmacSizes.get(spec);
  if (hmacSize !== undefined) return material.sizeBytes === hmacSize ? material : null;
  using owned = material;
  try {
    const key = createPrivateKey({ key: owned.expose(), format: "der", type: "pkcs8" });
    if (!hasSpec(key, spec)) return null;
    return new SecretBytes(key.export({ format: "der", type: "pkcs8" }));
  } catch {
    return null;
  }
}

function hasSpec(key: KeyObject, spec: KeySpec): boolean {
  const type = key.asymmetricKeyType;
  const details = key.asymmetricKeyDetails ?? {};
  const curve = new Map<string, string>(Object.entries(CURVES)).get(spec);
  if (curve !== undefined) return type === "ec" && details.namedCurve === curve;
  const bits = new Map<string, number>(Object.entries(RSA_SIZE_BITS)).get(spec);
  if (bits !== undefined) return type === "rsa" && details.modulusLength === bits;
  if (spec === "ECC_NIST_EDWARDS25519") return type === "ed25519";
  return type === spec.toLowerCase().replaceAll("_", "-");
}

import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { SecretBytes } from "@strongroom/base";
import type { KeySpec } from "../keys/key-spec.ts";
import { KmsError, unsupported } from "../kms-error.ts";

const generate = promisify(generateKeyPair);

/** Large RSA keys take seconds of a core: they are made one after the other, so that other work goes on beside them. */
let lastGeneration: Promise<unknown> = Promise.resolve();
let waiting = 0;
const MAX_WAITING = 64;

export const SYMMETRIC_SIZE_BYTES = 32;

export const HMAC_SIZE_BYTES = {
  HMAC_224: 28,
  HMAC_256: 32,
  HMAC_384: 48,
  HMAC_512: 64,
} as const;

/** OpenSSL's names of the curves. */
export const CURVES = {
  ECC_NIST_P256: "prime256v1",
  ECC_NIST_P384: "secp384r1",
  ECC_NIST_P521: "secp521r1",
  ECC_SECG_P256K1: "secp256k1",
} as const;

export const RSA_SIZE_BITS = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const;

const ML_DSA = { ML_DSA_44: "ml-dsa-44", ML_DSA_65: "ml-dsa-65", ML_DSA_87: "ml-dsa-87" } as const;
const ML_KEM = { ML_KEM_512: "ml-kem-512", ML_KEM_768: "ml-kem-768", ML_KEM_1024: "ml-kem-1024" } as const;

/** Key bytes as they are sealed: raw for secret keys, PKCS #8 for private ones. */
export interface NewMaterial {
  readonly secret: SecretBytes;
  /** SubjectPublicKeyInfo; null for secret keys. */
  readonly publicKey: Buffer | null;
}

/** Fresh random key material. Key pairs are made off the main thread. The caller owns and wipes the secret. */
export async function generateMaterial(spec: KeySpec): Promise<NewMaterial> {
  if (spec === "SYMMETRIC_DEFAULT") return secretKey(SYMMETRIC_SIZE_BYTES);
  if (hasOwn(HMAC_SIZE_BYTES, spec)) return secretKey(HMAC_SIZE_BYTES[spec]);
  const pair = await generatePair(spec);
  return {
    secret: new SecretBytes(pair.privateKey.export({ format: "der", type: "pkcs8" })),
    publicKey: pair.publicKey.export({ format: "der", type: "spki" }),
  };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** An RSA pair, in turn. Throws LimitExceededException when too many wait. */
export async function generateRsaPair(modulusLength: number): Promise<KeyPair> {
  if (waiting >= MAX_WAITING)
    throw new KmsError("LimitExceededException", "Too many key pairs are being made.");
  waiting += 1;
  const made = lastGeneration.then(() => generate("rsa", { modulusLength }));
  lastGeneration = made.catch(() => undefined);
  try {
    return await made;
  } finally {
    waiting -= 1;
  }
}

async function generatePair(spec: KeySpec): Promise<KeyPair> {
  if (hasOwn(RSA_SIZE_BITS, spec)) return generateRsaPair(RSA_SIZE_BITS[spec]);
  if (hasOwn(CURVES, spec)) return generate("ec", { namedCurve: CURVES[spec] });
  if (hasOwn(ML_DSA, spec)) return generate(ML_DSA[spec], {});
  if (hasOwn(ML_KEM, spec)) return generate(ML_KEM[spec], {});
  if (spec === "ECC_NIST_EDWARDS25519") return generate("ed25519", {});
  throw unsupported(`Key spec ${spec} is not supported.`);
}

function secretKey(sizeBytes: number): NewMaterial {
  return { secret: SecretBytes.random(sizeBytes), publicKey: null };
}

function hasOwn<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name);
}

/** The public half of PKCS #8 bytes. */
export function publicKeyOf(pkcs8: SecretBytes): Buffer {
  const privateKey = createPrivateKey({ key: pkcs8.expose(), format: "der", type: "pkcs8" });
  return createPublicKey(privateKey).export({ format: "der", type: "spki" });
}

import { constants, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { ed25519ph } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import type { KeySpec, SigningAlgorithm } from "../keys/key-spec.ts";
import { invalid, unsupported } from "../kms-error.ts";
import { exportPrivateScalar } from "./private-scalar.ts";
import {
  type RsaHash,
  signDigestPkcs1,
  signDigestPss,
  verifyDigestPkcs1,
  verifyDigestPss,
} from "./rsa-digest.ts";

export const MESSAGE_TYPES = ["RAW", "DIGEST", "EXTERNAL_MU"] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export interface SigningInput {
  readonly spec: KeySpec;
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
  readonly message: Buffer;
}

const CURVES = {
  ECC_NIST_P256: p256,
  ECC_NIST_P384: p384,
  ECC_NIST_P521: p521,
  ECC_SECG_P256K1: secp256k1,
} as const;
const ML_DSA = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 } as const;
const DIGEST_SIZE_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;
const MU_SIZE_BYTES = 64;
const signAside = promisify(sign);
/** Of the given digest as it is, of any s, in DER: as OpenSSL signs. */
const ECDSA_OPTIONS = { prehash: false, lowS: false, format: "der" } as const;

/** Throws ValidationException when the message does not suit its type and algorithm. */
export function checkMessage(input: SigningInput): void {
  const { algorithm, messageType, message } = input;
  const isAllowed = allowedTypes(algorithm).includes(messageType);
  if (!isAllowed)
    throw invalid(`MessageType ${messageType} is not compatible with the algorithm ${algorithm}.`);
  const wanted = messageType === "RAW" ? null : digestSize(algorithm);
  if (wanted !== null && message.length !== wanted) {
    throw invalid(`Digest is invalid length for algorithm ${algorithm}.`);
  }
}

function allowedTypes(algorithm: SigningAlgorithm): readonly MessageType[] {
  if (algorithm === "ED25519_SHA_512") return ["RAW"];
  if (algorithm === "ED25519_PH_SHA_512") return ["DIGEST"];
  return algorithm === "ML_DSA_SHAKE_256" ? ["RAW", "EXTERNAL_MU"] : ["RAW", "DIGEST"];
}

function digestSize(algorithm: SigningAlgorithm): number {
  if (algorithm === "ML_DSA_SHAKE_256") return MU_SIZE_BYTES;
  return DIGEST_SIZE_BYTES[hashOf(algorithm)];
}

function hashOf(algorithm: SigningAlgorithm): RsaHash {
  if (algorithm.endsWith("_256")) return "sha256";
  return algorithm.endsWith("_384") ? "sha384" : "sha512";
}

/** RSA and ML-DSA take milliseconds: they run beside the main thread where Node.js lets them. */
export async function signMessage(privateKey: KeyObject, input: SigningInput): Promise<Buffer> {
  const { algorithm, message, messageType } = input;
  if (messageType === "RAW") {
    return signAside(nativeHash(algorithm), message, { key: privateKey, ...padding(algorithm) });
  }
  if (algorithm.startsWith("RSASSA_PKCS1")) return signDigestPkcs1(privateKey, hashOf(algorithm), message);
  if (algorithm.startsWith("RSASSA_PSS")) return signDigestPss(privateKey, hashOf(algorithm), message);
  using scalar = exportPrivateScalar(privateKey);
  return Buffer.from(signPrepared(scalar.expose(), input));
}

export function verifyMessage(publicKey: Buffer, input: SigningInput, signature: Buffer): boolean {
  const { algorithm, message, messageType } = input;
  const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
  if (messageType === "RAW") {
    return verify(nativeHash(algorithm), message, { key, ...padding(algorithm) }, signature);
  }
  if (algorithm.startsWith("RSASSA_PKCS1"))
    return verifyDigestPkcs1(key, hashOf(algorithm), message, signature);
  if (algorithm.startsWith("RSASSA_PSS")) return verifyDigestPss(key, hashOf(algorithm), message, signature);
  try {
    return verifyPrepared(rawPublicKey(key, publicKey), input, signature);
  } catch {
    // Malformed signatures throw there; they are as invalid as any other.
    return false;
  }
}

function signPrepared(scalar: Uint8Array, { spec, algorithm, message }: SigningInput): Uint8Array {
  if (hasOwn(CURVES, spec)) {
    return CURVES[spec].sign(message, scalar, { ...ECDSA_OPTIONS, extraEntropy: true });
  }
  // AWS applies Ed25519ph's own hash to what it is given, a digest or not (kms.md §9).
  if (algorithm === "ED25519_PH_SHA_512") return ed25519ph.sign(message, scalar);
  if (!hasOwn(ML_DSA, spec)) throw unsupported(`${spec} does not sign.`);
  const { secretKey } = ML_DSA[spec].keygen(scalar);
  try {
    return ML_DSA[spec].internal.sign(message, secretKey, { externalMu: true });
  } finally {
    secretKey.fill(0);
  }
}

function verifyPrepared(publicKey: Uint8Array, input: SigningInput, signature: Buffer): boolean {
  const { spec, algorithm, message } = input;
  if (hasOwn(CURVES, spec)) return CURVES[spec].verify(signature, message, publicKey, ECDSA_OPTIONS);
  if (algorithm === "ED25519_PH_SHA_512") return ed25519ph.verify(signature, message, publicKey);
  if (!hasOwn(ML_DSA, spec)) throw unsupported(`${spec} does not sign.`);
  return ML_DSA[spec].internal.verify(signature, message, publicKey, { externalMu: true });
}

/** The bytes of the BIT STRING that ends a SubjectPublicKeyInfo. */
function rawPublicKey(key: KeyObject, spki: Buffer): Buffer {
  const { kty, x, y, crv } = key.export({ format: "jwk" });
  if (kty === "EC" && typeof x === "string" && typeof y === "string") {
    return Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  }
  if (crv === "Ed25519" && typeof x === "string") return Buffer.from(x, "base64url");
  const length = ML_DSA_PUBLIC_SIZE_BYTES[key.asymmetricKeyType ?? ""] ?? 0;
  return spki.subarray(-length);
}

const ML_DSA_PUBLIC_SIZE_BYTES: Readonly<Record<string, number>> = {
  "ml-dsa-44": 1312,
  "ml-dsa-65": 1952,
  "ml-dsa-87": 2592,
};

/** null where the key type has its own hash. */
function nativeHash(algorithm: SigningAlgorithm): RsaHash | null {
  return algorithm === "ED25519_SHA_512" || algorithm === "ML_DSA_SHAKE_256" ? null : hashOf(algorithm);
}

function padding(algorithm: SigningAlgorithm): { padding?: number; saltLength?: number } {
  if (algorithm.startsWith("RSASSA_PSS")) {
    return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  }
  return algorithm.startsWith("RSASSA_PKCS1") ? { padding: constants.RSA_PKCS1_PADDING } : {};
}

function hasOwn<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name);
}

import type { KeyObject } from "node:crypto";
import { SecretBytes } from "@strongroom/base";

/**
 * The raw private value of a curve or ML-DSA key, for the few signatures that OpenSSL's JavaScript face cannot make.
 * The caller owns it and wipes it at once.
 */
export function exportPrivateScalar(privateKey: KeyObject): SecretBytes {
  return privateKey.asymmetricKeyType === "ec" ? exportEcScalar(privateKey) : exportSeed(privateKey);
}

/** SEC 1: SEQUENCE { INTEGER 1, OCTET STRING d, … }. */
function exportEcScalar(privateKey: KeyObject): SecretBytes {
  const der = privateKey.export({ format: "der", type: "sec1" });
  try {
    // The sequence's length takes one byte below 128, two otherwise: no curve here needs more.
    const start = der[1] === 0x81 ? 3 : 2;
    const length = der[start + 4] ?? 0;
    if (der[start] !== 2 || der[start + 2] !== 1 || der[start + 3] !== 4) throw new TypeError("not SEC 1");
    return new SecretBytes(Buffer.from(der.subarray(start + 5, start + 5 + length)));
  } finally {
    der.fill(0);
  }
}

const SEED_SIZE_BYTES = 32;

/** PKCS #8 of Ed25519 (RFC 8410) and of ML-DSA as a seed (RFC 9881) end with the 32-byte seed. */
function exportSeed(privateKey: KeyObject): SecretBytes {
  const der = privateKey.export({ format: "der", type: "pkcs8" });
  try {
    return new SecretBytes(Buffer.from(der.subarray(-SEED_SIZE_BYTES)));
  } finally {
    der.fill(0);
  }
}

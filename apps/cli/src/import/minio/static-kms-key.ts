import { createDecipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { badOption, damaged } from "../import-error.ts";

const IV_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The key that MinIO takes from `MINIO_KMS_SECRET_KEY`. */
export interface StaticKmsKey {
  readonly name: string;
  readonly key: KeyObject;
}

/** Parses `NAME:BASE64`, the variable's form. The message of a refusal holds nothing of the key. */
export function parseStaticKmsKey(text: string): StaticKmsKey {
  const at = text.indexOf(":");
  const bytes = Buffer.from(text.slice(at + 1).trim(), "base64");
  if (at < 1 || bytes.length !== KEY_BYTES) {
    bytes.fill(0);
    throw badOption(
      "the MinIO KMS key is not NAME:BASE64 of 32 bytes",
      "take it from MINIO_KMS_SECRET_KEY of the MinIO server",
    );
  }
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return { name: text.slice(0, at), key };
}

/** Opens what that key wrapped (docs/format/minio-folder.md §5.1). Throws ImportError "Damaged" when it does not open. */
export function decryptWithStaticKey(kms: StaticKmsKey, wrapped: Buffer, context: Buffer): KeyObject {
  const { iv, nonce, sealed } = wrapped[0] === 0x7b ? parseOldForm(wrapped) : parseForm(wrapped);
  const wrappingKey = createHmac("sha256", kms.key).update(iv).digest();
  try {
    const decipher = createDecipheriv("aes-256-gcm", createSecretKey(wrappingKey), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(context);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const opened = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    const key = createSecretKey(opened);
    opened.fill(0);
    return key;
  } catch (cause) {
    throw damaged(`the wrapped key does not open under ${kms.name}: another key, or another object's`, cause);
  } finally {
    wrappingKey.fill(0);
  }
}

interface WrappedParts {
  readonly iv: Buffer;
  readonly nonce: Buffer;
  readonly sealed: Buffer;
}

function parseForm(wrapped: Buffer): WrappedParts {
  const at = wrapped.length - IV_BYTES - NONCE_BYTES;
  return requireSizes({
    iv: wrapped.subarray(Math.max(at, 0), Math.max(at, 0) + IV_BYTES),
    nonce: wrapped.subarray(Math.max(at, 0) + IV_BYTES),
    sealed: wrapped.subarray(0, Math.max(at, 0)),
  });
}

/** Until 2024 a JSON object. */
function parseOldForm(wrapped: Buffer): WrappedParts {
  let fields: unknown;
  try {
    fields = JSON.parse(wrapped.toString("utf8"));
  } catch {
    fields = null;
  }
  const bytes = (name: string): Buffer => {
    const value = typeof fields === "object" && fields !== null ? Reflect.get(fields, name) : undefined;
    return Buffer.from(typeof value === "string" ? value : "", "base64");
  };
  return requireSizes({ iv: bytes("iv"), nonce: bytes("nonce"), sealed: bytes("bytes") });
}

function requireSizes(parts: WrappedParts): WrappedParts {
  const { iv, nonce, sealed } = parts;
  if (iv.length !== IV_BYTES || nonce.length !== NONCE_BYTES || sealed.length !== KEY_BYTES + TAG_BYTES)
    throw damaged("a wrapped key has another size than a static KMS key makes");
  return parts;
}

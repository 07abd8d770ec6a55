import { createCipheriv, createDecipheriv, type KeyObject, randomBytes, randomInt } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { parseRecord } from "./account.ts";
import { IamError } from "./iam-error.ts";

export type AccessKeyStatus = "Active" | "Inactive";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly status: AccessKeyStatus;
  readonly createdMs: number;
  /** nonce ‖ ciphertext ‖ tag; opens only for this access key id and account. */
  readonly sealedSecret: Buffer;
}

const NONCE_SIZE_BYTES = 12;
const TAG_SIZE_BYTES = 16;
const ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** AKIA and 16 characters of base 32: the form that clients and scanners know. */
export function randomAccessKeyId(): string {
  let id = "AKIA";
  for (let count = 0; count < 16; count++) id += ID_ALPHABET.charAt(randomInt(ID_ALPHABET.length));
  return id;
}

/** 40 characters, 240 random bits. */
export function randomSecretAccessKey(): SecretBytes {
  return new SecretBytes(Buffer.from(randomBytes(30).toString("base64"), "latin1"));
}

/**
 * Seals a secret access key with AES-256-GCM under a key that has no other use. A random nonce is enough: fewer
 * than 2^32 access keys are ever made (NIST SP 800-38D §8.3).
 */
export function sealSecretAccessKey(
  sealingKey: KeyObject,
  owner: Pick<AccessKey, "accessKeyId" | "accountId">,
  secretAccessKey: SecretBytes,
): Buffer {
  const nonce = randomBytes(NONCE_SIZE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", sealingKey, nonce, { authTagLength: TAG_SIZE_BYTES });
  cipher.setAAD(associatedData(owner));
  return Buffer.concat([nonce, cipher.update(secretAccessKey.expose()), cipher.final(), cipher.getAuthTag()]);
}

/** Throws Tampered when the record was changed or moved. The caller owns the result. */
export function openSecretAccessKey(sealingKey: KeyObject, accessKey: AccessKey): SecretBytes {
  const sealed = accessKey.sealedSecret;
  if (sealed.length <= NONCE_SIZE_BYTES + TAG_SIZE_BYTES) throw tampered();
  const nonce = sealed.subarray(0, NONCE_SIZE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", sealingKey, nonce, { authTagLength: TAG_SIZE_BYTES });
  decipher.setAAD(associatedData(accessKey));
  decipher.setAuthTag(sealed.subarray(-TAG_SIZE_BYTES));
  try {
    const plaintext = decipher.update(sealed.subarray(NONCE_SIZE_BYTES, -TAG_SIZE_BYTES));
    decipher.final();
    return new SecretBytes(plaintext);
  } catch {
    throw tampered();
  }
}

export function encodeAccessKey(accessKey: AccessKey): Buffer {
  const sealedSecret = accessKey.sealedSecret.toString("base64");
  return Buffer.from(JSON.stringify({ format: 1, ...accessKey, sealedSecret }));
}

/** Throws Malformed for anything but a record that `encodeAccessKey` wrote. */
export function decodeAccessKey(bytes: Uint8Array): AccessKey {
  const { accessKeyId, accountId, status, createdMs, sealedSecret } = parseRecord(bytes);
  if (
    typeof accessKeyId !== "string" ||
    typeof accountId !== "string" ||
    (status !== "Active" && status !== "Inactive") ||
    typeof createdMs !== "number" ||
    typeof sealedSecret !== "string"
  ) {
    throw new IamError("Malformed", "integrity", "An access key record has a missing field.");
  }
  return { accessKeyId, accountId, status, createdMs, sealedSecret: Buffer.from(sealedSecret, "base64") };
}

function associatedData(owner: Pick<AccessKey, "accessKeyId" | "accountId">): Buffer {
  return encodeSequence(["strongroom secret access key", owner.accessKeyId, owner.accountId]);
}

function tampered(): IamError {
  return new IamError("Tampered", "integrity", "A stored secret access key failed authentication.");
}

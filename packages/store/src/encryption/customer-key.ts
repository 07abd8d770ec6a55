import { hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { StoreError } from "../store-error.ts";
import type { ObjectEncryption } from "./encryption.ts";
import type { CustomerKey } from "./request-keys.ts";

type CustomerEncryption = Extract<ObjectEncryption, { scheme: "sse-c" }>;

const SALT_SIZE_BYTES = 32;
const KEY_SIZE_BYTES = 32;
/** docs/format/object-encryption.md §4. */
const INFO = encodeSequence(["strongroom sse-c", "key-encryption key, check value"]);

/**
 * A key-encryption key from a customer's key and a fresh salt. The customer's key wraps, through it, and does nothing
 * else; what is kept is the salt and a check value that an offline guesser of a random 256-bit key gains nothing from.
 */
export function beginUnderCustomerKey(customerKey: CustomerKey): {
  readonly encryption: CustomerEncryption;
  readonly keyEncryptionKey: SecretBytes;
} {
  const salt = randomBytes(SALT_SIZE_BYTES);
  const { keyEncryptionKey, checkValue } = derive(customerKey, salt);
  return { encryption: { scheme: "sse-c", salt, checkValue }, keyEncryptionKey };
}

/** The same key-encryption key again. Throws WrongCustomerKey, before anything is decrypted. */
export function resumeUnderCustomerKey(
  encryption: CustomerEncryption,
  customerKey: CustomerKey,
): SecretBytes {
  const { keyEncryptionKey, checkValue } = derive(customerKey, encryption.salt);
  if (
    checkValue.length === encryption.checkValue.length &&
    timingSafeEqual(checkValue, encryption.checkValue)
  ) {
    return keyEncryptionKey;
  }
  keyEncryptionKey.wipe();
  throw new StoreError(
    "WrongCustomerKey",
    "denied",
    "The customer's key is not the one it was sealed under.",
  );
}

function derive(customerKey: CustomerKey, salt: Uint8Array) {
  if (customerKey.sizeBytes !== KEY_SIZE_BYTES) {
    throw new StoreError("WrongCustomerKey", "denied", "A customer's key has 32 bytes.");
  }
  const derived = Buffer.from(hkdfSync("sha512", customerKey.toKeyObject(), salt, INFO, 2 * KEY_SIZE_BYTES));
  const keyEncryptionKey = new SecretBytes(Buffer.from(derived.subarray(0, KEY_SIZE_BYTES)));
  const checkValue = Buffer.from(derived.subarray(KEY_SIZE_BYTES));
  derived.fill(0);
  return { keyEncryptionKey, checkValue };
}

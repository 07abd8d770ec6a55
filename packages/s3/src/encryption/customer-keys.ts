import { createHash, timingSafeEqual } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import { invalidArgument, type S3Error, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import {
  COPY_SOURCE_CUSTOMER,
  CUSTOMER_KEY_HEADERS,
  type CustomerKeyFamily,
  SSE,
  SSE_CUSTOMER,
} from "./header-names.ts";

/** A customer's key as one request brought it. The bytes are wiped when the request is done. */
export interface SentCustomerKey {
  readonly key: SecretBytes;
  /** base64(MD5(key)), as it is answered. */
  readonly md5: string;
}

const KEY_SIZE_BYTES = 32;
/** Padded, in the alphabet of RFC 4648 §4. The decoder of Node.js takes base64url, white space and half texts as well. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
type Families = Map<CustomerKeyFamily, SentCustomerKey>;

/** Keys of requests under way: parsed once, wiped together. */
const sent = new WeakMap<S3Request, Families>();

/** Whether any header of the trio was sent. */
export function hasCustomerKey(request: S3Request, family: CustomerKeyFamily): boolean {
  return CUSTOMER_KEY_HEADERS[family].some((name) => request.header(name) !== undefined);
}

/**
 * The key of one trio of headers; null when none of them was sent. Throws, in the order in which S3 looks (reference
 * §2.7): an unsecured connection, algorithm missing, key missing, algorithm unknown, MD5 missing, a key that is no
 * base64, MD5.
 */
export function customerKeyOf(request: S3Request, family: CustomerKeyFamily): SentCustomerKey | null {
  if (!hasCustomerKey(request, family)) return null;
  let families = sent.get(request);
  if (families === undefined) {
    families = new Map();
    sent.set(request, families);
  }
  let known = families.get(family);
  if (known === undefined) {
    known = parseCustomerKey(request, family);
    families.set(family, known);
  }
  return known;
}

/** Of keys that shall seal: any other length is refused. Of those that shall open, it only makes them the wrong key. */
export function requireKeyLength({ key }: SentCustomerKey): void {
  if (key.sizeBytes !== KEY_SIZE_BYTES) throw invalidKey();
}

/** Call when the request is done. */
export function wipeCustomerKeys(request: S3Request): void {
  for (const { key } of sent.get(request)?.values() ?? []) key.wipe();
  sent.delete(request);
}

/** Keys that went over a connection that others could read are no secrets any more [L-168] [L-169]. */
export function requireSecureKeys(request: S3Request): void {
  if (request.secure) return;
  if (!hasCustomerKey(request, SSE_CUSTOMER) && !hasCustomerKey(request, COPY_SOURCE_CUSTOMER)) return;
  throw keyFault(
    "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.",
  );
}

function parseCustomerKey(request: S3Request, family: CustomerKeyFamily): SentCustomerKey {
  requireSecureKeys(request);
  const algorithm = request.header(`${family}-algorithm`);
  const keyBase64 = request.header(`${family}-key`);
  const md5Base64 = request.header(`${family}-key-md5`);
  if (algorithm === undefined) {
    throw keyFault(
      "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
    );
  }
  if (keyBase64 === undefined) {
    throw keyFault(
      "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
    );
  }
  if (algorithm !== "AES256") {
    throw s3Error("InvalidEncryptionAlgorithmError", {
      fields: { ArgumentName: SSE, ArgumentValue: algorithm },
    });
  }
  if (md5Base64 === undefined) {
    throw keyFault(
      "Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.",
    );
  }
  if (!BASE64.test(keyBase64)) throw invalidKey();
  const key = new SecretBytes(Buffer.from(keyBase64, "base64"));
  const calculated = createHash("md5").update(key.expose()).digest();
  const claimed = Buffer.from(BASE64.test(md5Base64) ? md5Base64 : "", "base64");
  if (claimed.length !== calculated.length || !timingSafeEqual(claimed, calculated)) {
    key.wipe();
    throw keyFault("The calculated MD5 hash of the key did not match the hash that was provided.");
  }
  return { key, md5: calculated.toString("base64") };
}

function invalidKey(): S3Error {
  return keyFault("The secret key was invalid for the specified algorithm.");
}

/** The argument that S3 names is the wrong one, and clients know it by it (reference §8.46). */
export function keyFault(message: string): S3Error {
  return invalidArgument(message, SSE);
}

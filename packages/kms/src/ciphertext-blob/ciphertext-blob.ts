import { createCipheriv, createDecipheriv, randomFillSync, timingSafeEqual } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { invalidCiphertext } from "../kms-error.ts";
import {
  type BlobHead,
  COMMITMENT_OFFSET,
  HEADER_SIZE_BYTES,
  NONCE_OFFSET,
  SALT_OFFSET,
  TAG_SIZE_BYTES,
  writeHead,
} from "./blob-layout.ts";
import { type EncryptionContext, encodeEncryptionContext } from "./encryption-context.ts";
import type { SubKey } from "./sub-keys.ts";

const CIPHER = "aes-256-gcm";
const TAG_OPTIONS = { authTagLength: TAG_SIZE_BYTES } as const;

/** One message under a symmetric key, bound to its context. The caller keeps `plaintext`. */
export function sealBlob(
  subKey: SubKey,
  head: BlobHead,
  plaintext: SecretBytes,
  context: EncryptionContext,
): Buffer {
  const blob = Buffer.alloc(HEADER_SIZE_BYTES + plaintext.sizeBytes + TAG_SIZE_BYTES);
  randomFillSync(blob, NONCE_OFFSET, HEADER_SIZE_BYTES - NONCE_OFFSET);
  return completeBlob(blob, subKey, head, plaintext, context);
}

/** As `sealBlob` with a chosen nonce: for test vectors only. */
export function sealBlobWithNonce(
  subKey: SubKey,
  head: BlobHead,
  plaintext: SecretBytes,
  context: EncryptionContext,
  nonce: Uint8Array,
): Buffer {
  const blob = Buffer.alloc(HEADER_SIZE_BYTES + plaintext.sizeBytes + TAG_SIZE_BYTES);
  blob.set(nonce, NONCE_OFFSET);
  return completeBlob(blob, subKey, head, plaintext, context);
}

function completeBlob(
  blob: Buffer,
  subKey: SubKey,
  head: BlobHead,
  plaintext: SecretBytes,
  context: EncryptionContext,
): Buffer {
  writeHead(blob, head);
  blob.set(subKey.salt, SALT_OFFSET);
  blob.set(subKey.commitment, COMMITMENT_OFFSET);
  const header = blob.subarray(0, HEADER_SIZE_BYTES);
  const cipher = createCipheriv(CIPHER, subKey.key, header.subarray(NONCE_OFFSET), TAG_OPTIONS);
  cipher.setAAD(boundTo(header, context));
  blob.set(cipher.update(plaintext.expose()), HEADER_SIZE_BYTES);
  cipher.final();
  blob.set(cipher.getAuthTag(), blob.length - TAG_SIZE_BYTES);
  return blob;
}

export function saltOf(blob: Buffer): Buffer {
  return blob.subarray(SALT_OFFSET, COMMITMENT_OFFSET);
}

/**
 * Opens a blob whose head was read and whose material made `subKey`. Throws InvalidCiphertextException for another
 * commitment, context, or any changed byte (B-7, B-8). The caller owns the result.
 */
export function openBlob(subKey: SubKey, blob: Buffer, context: EncryptionContext): SecretBytes {
  if (!timingSafeEqual(blob.subarray(COMMITMENT_OFFSET, NONCE_OFFSET), subKey.commitment)) {
    throw invalidCiphertext();
  }
  const header = blob.subarray(0, HEADER_SIZE_BYTES);
  const decipher = createDecipheriv(CIPHER, subKey.key, header.subarray(NONCE_OFFSET), TAG_OPTIONS);
  decipher.setAAD(boundTo(header, context));
  decipher.setAuthTag(blob.subarray(-TAG_SIZE_BYTES));
  const plaintext = new SecretBytes(decipher.update(blob.subarray(HEADER_SIZE_BYTES, -TAG_SIZE_BYTES)));
  try {
    decipher.final();
  } catch {
    plaintext.wipe();
    throw invalidCiphertext();
  }
  return plaintext;
}

function boundTo(header: Uint8Array, context: EncryptionContext): Buffer {
  return encodeSequence([header, encodeEncryptionContext(context)]);
}

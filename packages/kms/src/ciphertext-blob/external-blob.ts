import { encodeSequence } from "@strongroom/base";
import { type BlobHead, EXTERNAL_OFFSET, writeHead } from "./blob-layout.ts";
import { type EncryptionContext, encodeEncryptionContext } from "./encryption-context.ts";

/** The head of a blob that a device sealed once more (docs/format/kms-ciphertext-blob.md §6). */
export function externalHead(head: Omit<BlobHead, "isExternal">): Buffer {
  const bytes = Buffer.alloc(EXTERNAL_OFFSET);
  writeHead(bytes, { ...head, isExternal: true });
  return bytes;
}

/** What the device binds. */
export function boundOutside(head: Uint8Array, context: EncryptionContext): Buffer {
  return encodeSequence([head, encodeEncryptionContext(context)]);
}

export const sealedOutside = (blob: Buffer): Buffer => blob.subarray(EXTERNAL_OFFSET);

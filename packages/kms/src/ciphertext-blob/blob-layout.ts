import { keyIdBytes, keyIdOf, MULTI_REGION_PREFIX } from "../keys/key-id.ts";
import { invalidCiphertext } from "../kms-error.ts";

/** Offsets of docs/format/kms-ciphertext-blob.md §2. */
export const SALT_OFFSET = 24;
export const COMMITMENT_OFFSET = 40;
export const NONCE_OFFSET = 72;
export const HEADER_SIZE_BYTES = 84;
export const TAG_SIZE_BYTES = 16;
/** Where what a device sealed begins (§6). */
export const EXTERNAL_OFFSET = 24;
export const MAX_BLOB_SIZE_BYTES = 6144;

const MAGIC = 0x534b;
const VERSION = 1;
const FLAGS_OFFSET = 3;
const KEY_ID_OFFSET = 4;
const MATERIAL_OFFSET = 20;
const MULTI_REGION_FLAG = 1;
/** A key of a custom key store, of which none is multi-Region. */
const EXTERNAL_FLAG = 2;

/** What a blob says of itself; nothing of it is authentic before the blob was opened. */
export interface BlobHead {
  readonly keyId: string;
  readonly materialNumber: number;
  /** A device sealed it once more. */
  readonly isExternal: boolean;
}

export function writeHead(blob: Buffer, head: BlobHead): void {
  blob.writeUInt16BE(MAGIC, 0);
  blob[2] = VERSION;
  const multiRegion = head.keyId.startsWith(MULTI_REGION_PREFIX) ? MULTI_REGION_FLAG : 0;
  blob[FLAGS_OFFSET] = multiRegion | (head.isExternal ? EXTERNAL_FLAG : 0);
  blob.set(keyIdBytes(head.keyId), KEY_ID_OFFSET);
  blob.writeUInt32BE(head.materialNumber, MATERIAL_OFFSET);
}

/** Throws InvalidCiphertextException for anything that is not a blob of this format (B-1 to B-5). */
export function readHead(blob: Buffer): BlobHead {
  const flags = blob[FLAGS_OFFSET];
  if (
    blob.length < HEADER_SIZE_BYTES + TAG_SIZE_BYTES ||
    blob.length > MAX_BLOB_SIZE_BYTES ||
    blob.readUInt16BE(0) !== MAGIC ||
    blob[2] !== VERSION ||
    (flags !== 0 && flags !== MULTI_REGION_FLAG && flags !== EXTERNAL_FLAG)
  ) {
    throw invalidCiphertext();
  }
  const keyId = keyIdOf(blob.subarray(KEY_ID_OFFSET, MATERIAL_OFFSET), flags === MULTI_REGION_FLAG);
  const isExternal = flags === EXTERNAL_FLAG;
  return { keyId, materialNumber: blob.readUInt32BE(MATERIAL_OFFSET), isExternal };
}

import { createSecretKey, hkdfSync, type KeyObject, randomFillSync, timingSafeEqual } from "node:crypto";
import { encodeSequence, type SecretBytes } from "@strongroom/base";
import { EnvelopeError } from "../envelope-error.ts";
import { CHUNK_SIZE_LOG2, HEADER_SIZE_BYTES } from "./sizes.ts";

/** magic "SRSO" ‖ version ‖ suite (u16) ‖ chunk size log2: everything about the format that is not random. */
const PREFIX = Buffer.from([0x53, 0x52, 0x53, 0x4f, 1, 0x00, 0x01, CHUNK_SIZE_LOG2]);
const MAGIC = PREFIX.subarray(0, 4);
const SALT_OFFSET = 8;
const COMMITMENT_OFFSET = 40;
const DATA_KEY_SIZE_BYTES = 32;

/** The prefix in the info separates formats, suites and chunk sizes; the words separate purposes (spec §4). */
const INFO = encodeSequence(["strongroom sealed object", PREFIX, "payload key, commitment"]);

/** The authenticated head of a sealed object and the key that its chunks are sealed under. */
export interface SealedHeader {
  readonly bytes: Buffer;
  readonly payloadKey: KeyObject;
}

/** A header with a fresh random salt. Throws InvalidDataKey unless the key has 32 bytes. */
export function createHeader(dataKey: SecretBytes): SealedHeader {
  // Not from the shared pool: a header lives as long as its object is being written.
  const bytes = Buffer.allocUnsafe(HEADER_SIZE_BYTES);
  randomFillSync(bytes, SALT_OFFSET, COMMITMENT_OFFSET - SALT_OFFSET);
  return completeHeader(dataKey, bytes);
}

/** As `createHeader` with a chosen salt: for test vectors only, since a repeated salt repeats the payload key. */
export function createHeaderWithSalt(dataKey: SecretBytes, salt: Uint8Array): SealedHeader {
  const bytes = Buffer.alloc(HEADER_SIZE_BYTES);
  bytes.set(salt.subarray(0, COMMITMENT_OFFSET - SALT_OFFSET), SALT_OFFSET);
  return completeHeader(dataKey, bytes);
}

/**
 * Checks a stored header against a data key before any chunk is opened (clauses ).
 * Throws Truncated, Malformed, UnsupportedVersion or WrongKey.
 */
export function readHeader(dataKey: SecretBytes, header: Uint8Array): SealedHeader {
  const bytes = copyHeader(header);
  const { payloadKey, commitment } = derive(dataKey, bytes);
  if (!timingSafeEqual(commitment, bytes.subarray(COMMITMENT_OFFSET))) {
    throw new EnvelopeError("WrongKey", "the data key is not the one this object was sealed with");
  }
  return { bytes, payloadKey };
}

/**
 * What can be said of a stored header without its data key: that it is one, and of this format (clauses ).
 * Throws Truncated, Malformed or UnsupportedVersion.
 */
export function requireHeaderForm(header: Uint8Array): void {
  copyHeader(header);
}

/** A copy: the caller's memory may change between the check and the last chunk. */
function copyHeader(header: Uint8Array): Buffer {
  if (header.length < HEADER_SIZE_BYTES) throw new EnvelopeError("Truncated", "the header is incomplete");
  const bytes = Buffer.allocUnsafe(HEADER_SIZE_BYTES);
  bytes.set(header.subarray(0, HEADER_SIZE_BYTES));
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new EnvelopeError("Malformed", "this is not a sealed object");
  }
  if (!bytes.subarray(0, PREFIX.length).equals(PREFIX)) {
    throw new EnvelopeError("UnsupportedVersion", "unknown format version, suite or chunk size");
  }
  return bytes;
}

function completeHeader(dataKey: SecretBytes, bytes: Buffer): SealedHeader {
  bytes.set(PREFIX);
  const { payloadKey, commitment } = derive(dataKey, bytes);
  bytes.set(commitment, COMMITMENT_OFFSET);
  return { bytes, payloadKey };
}

function derive(dataKey: SecretBytes, header: Buffer): { payloadKey: KeyObject; commitment: Buffer } {
  if (dataKey.sizeBytes !== DATA_KEY_SIZE_BYTES) {
    throw new EnvelopeError("InvalidDataKey", "a data key has 32 bytes");
  }
  const salt = header.subarray(SALT_OFFSET, COMMITMENT_OFFSET);
  const derived = Buffer.from(hkdfSync("sha512", dataKey.toKeyObject(), salt, INFO, 64));
  const payloadKeyBytes = derived.subarray(0, 32);
  const payloadKey = createSecretKey(payloadKeyBytes);
  payloadKeyBytes.fill(0);
  return { payloadKey, commitment: derived.subarray(32) };
}

// Format 3: HKDF-SHA-512 of the data key, salted with the message id, gives the content key and a commitment to it.
import { type Bytes, concat, equalBytes, utf8 } from "../bytes.ts";
import { KeyCommitmentError } from "../errors.ts";
import { COMMITTING_GCM_SUITE } from "../format/algorithm-suites.ts";
import { COMMITMENT_BYTES, type ContentCommitment } from "../format/envelope.ts";

const CONTENT_KEY_BYTES = 32;
const SUITE_ID = Uint8Array.of(COMMITTING_GCM_SUITE.id >> 8, COMMITTING_GCM_SUITE.id & 0xff);
const COMMITMENT_INFO = concat([SUITE_ID, utf8("COMMITKEY")]);
const CONTENT_KEY_INFO = concat([SUITE_ID, utf8("DERIVEKEY")]);

/** What AES-GCM authenticates besides the content of format 3: the suite's two bytes. */
export const COMMITTING_ADDITIONAL_DATA: Bytes = SUITE_ID;

/** The nonce of format 3. Never used twice with one key, since each message id gives another key. */
export const COMMITTING_NONCE: Bytes = new Uint8Array(COMMITTING_GCM_SUITE.nonceBytes).fill(1);

/** The 28 bytes that an object stores so that only one data key fits it. */
export async function deriveCommitment(dataKey: Bytes, messageId: Bytes): Promise<Bytes> {
  return derive(dataKey, messageId, COMMITMENT_INFO, COMMITMENT_BYTES);
}

/** The 32 bytes that encrypt the content. On reading, only after `verifyCommitment`. */
export async function deriveContentKey(dataKey: Bytes, messageId: Bytes): Promise<Bytes> {
  return derive(dataKey, messageId, CONTENT_KEY_INFO, CONTENT_KEY_BYTES);
}

/** Throws KeyCommitmentError when the object commits to another data key. */
export async function verifyCommitment(dataKey: Bytes, content: ContentCommitment): Promise<void> {
  const derived = await deriveCommitment(dataKey, content.messageId);
  if (!equalBytes(derived, content.commitment)) throw new KeyCommitmentError();
}

async function derive(dataKey: Bytes, salt: Bytes, info: Bytes, length: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", dataKey, "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-512", salt, info }, key, length * 8);
  return new Uint8Array(bits);
}

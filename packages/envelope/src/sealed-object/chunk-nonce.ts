import { EnvelopeError } from "../envelope-error.ts";
import { MAX_CHUNKS } from "./sizes.ts";

export const CIPHER = "aes-256-gcm";
const COUNTER_OFFSET = 7;
const FINAL_OFFSET = 11;

/** Twelve bytes, reused for every chunk: seven zero bytes ‖ chunk counter (u32) ‖ final flag (spec §4). */
export function createNonce(): Buffer {
  return Buffer.alloc(12);
}

/** Points `nonce` at one chunk. Throws TooLarge rather than let the counter wrap (clause R-10). */
export function setNonce(nonce: Buffer, chunk: number, isFinal: boolean): void {
  if (!Number.isInteger(chunk) || chunk < 0 || chunk >= MAX_CHUNKS) {
    throw new EnvelopeError("TooLarge", "the chunk counter is exhausted");
  }
  nonce.writeUInt32BE(chunk, COUNTER_OFFSET);
  nonce[FINAL_OFFSET] = isFinal ? 1 : 0;
}

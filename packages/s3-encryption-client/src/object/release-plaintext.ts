import { decryptDelayed, decryptWhole } from "./decrypt-content.ts";
import type { ContentKey } from "./reading-rules.ts";

/**
 * `verified`: every byte of the body was authenticated before the first was released. `delayed`: the body throws at its
 * end when it was changed. `none`: nothing vouches for the bytes. `unread`: there is no body.
 */
export type Authentication = "verified" | "delayed" | "none" | "unread";

/** What may be held back, and whether anything is. */
export interface BufferRules {
  readonly enableDelayedAuthentication: boolean;
  readonly bufferSizeBytes: number;
}

/** Plaintext that may be handed out, and what is known of it. */
export interface ReleasedPlaintext {
  readonly plaintext: AsyncIterable<Uint8Array>;
  readonly authentication: Exclude<Authentication, "unread">;
  /** Null while it is still being decrypted and the ciphertext's size does not tell. */
  readonly plaintextBytes: number | null;
}

/** Verified first unless the rules say otherwise. AES-CBC is held as well, though nothing can verify it. */
export async function releasePlaintext(
  ciphertext: AsyncIterable<Uint8Array>,
  contentKey: ContentKey,
  expectedBytes: number | null,
  { enableDelayedAuthentication, bufferSizeBytes }: BufferRules,
): Promise<ReleasedPlaintext> {
  const { isAuthenticated } = contentKey.suite;
  if (enableDelayedAuthentication) {
    const plaintext = decryptDelayed(ciphertext, contentKey, expectedBytes);
    return { plaintext, authentication: isAuthenticated ? "delayed" : "none", plaintextBytes: null };
  }
  const held = await decryptWhole(ciphertext, contentKey, expectedBytes, bufferSizeBytes);
  return {
    plaintext: iterate(held),
    authentication: isAuthenticated ? "verified" : "none",
    plaintextBytes: held.reduce((size, piece) => size + piece.length, 0),
  };
}

async function* iterate(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

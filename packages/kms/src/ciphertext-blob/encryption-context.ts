import { encodePairs } from "@strongroom/base";
import { invalid } from "../kms-error.ts";

/** Non-secret pairs that a ciphertext is bound to. */
export type EncryptionContext = Readonly<Record<string, string>>;

export const NO_CONTEXT: EncryptionContext = Object.freeze({});

const MAX_SIZE_BYTES = 8192;

/**
 * The one encoding of a context: sorted by the bytes of the names, every part with its length. Throws
 * ValidationException (B-9).
 */
export function encodeEncryptionContext(context: EncryptionContext): Buffer {
  for (const name in context) {
    if (!name.isWellFormed() || !context[name]?.isWellFormed()) {
      throw invalid("An encryption context holds well-formed Unicode only.");
    }
  }
  requireDistinctNames(Object.keys(context));
  const encoded = encodePairs(context);
  if (encoded.length > MAX_SIZE_BYTES) throw invalid("The encryption context is too large.");
  return encoded;
}

/** Policies compare names without case: with two that differ only there, one could hide behind the other. */
function requireDistinctNames(names: readonly string[]): void {
  if (names.length < 2) return;
  if (new Set(names.map((name) => name.toLowerCase())).size !== names.length) {
    throw invalid("Names in an encryption context must differ in more than their case.");
  }
}

import { encodePairs } from "@strongroom/base";
import { invalid } from "../kms-error.ts";

/** Non-secret pairs that a ciphertext is bound to. */
export type EncryptionContext = Readonly<Record<string, string>>;

export const NO_CONTEXT: EncryptionContext = Object.freeze({});

const MAX_SIZE_BYTES = 8192;

/** The one encoding of a context: sorted by the bytes of the names, every part with its length. Throws ValidationException. */
export function encodeEncryptionContext(context: EncryptionContext): Buffer {
  for (const name in context) {
    if (!name.isWellFormed() || !context[name]?.isWellFormed()) {
      throw invalid("An encryption context holds well-formed Unicode only.");
    }
  }
  const encoded = encodePairs(context);
  if (encoded.length > MAX_SIZE_BYTES) throw invalid("The encryption context is too large.");
  return encoded;
}

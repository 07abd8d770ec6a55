import { encodePairs } from "@strongroom/base";
import { EnvelopeError } from "./envelope-error.ts";
import type { EncryptionContext } from "./keyring.ts";

/** What the wrapped data key of a stored object or part is bound to, so that records cannot be swapped. */
export interface StoredObjectName {
  readonly scheme: string;
  readonly bucket: string;
  readonly objectKey: string;
  /** The unique id of this write: of the version, or of the part upload. */
  readonly uid: string;
  /** "" where the scheme has none. */
  readonly kmsKeyId: string;
  /** 0: the object as a whole. */
  readonly partNumber: number;
}

/** The pairs of a stored object. Their names are the server's own: no caller's context is ever merged into them. */
export function storedObjectContext(name: StoredObjectName): EncryptionContext {
  return {
    "strongroom:bucket": name.bucket,
    "strongroom:kms-key-id": name.kmsKeyId,
    "strongroom:object-key": name.objectKey,
    "strongroom:part-number": String(name.partNumber),
    "strongroom:scheme": name.scheme,
    "strongroom:uid": name.uid,
  };
}

/**
 * The bytes that are authenticated: pairs sorted by the UTF-8 bytes of their names, each name and value with its
 * length. Throws InvalidContext for an empty context, which would bind nothing, and for strings with unpaired
 * surrogates, which UTF-8 would map onto one another.
 */
export function encodeContext(context: EncryptionContext): Buffer {
  let isEmpty = true;
  for (const name in context) {
    isEmpty = false;
    if (!name.isWellFormed() || !context[name]?.isWellFormed()) {
      throw new EnvelopeError("InvalidContext", "an encryption context holds well-formed Unicode only");
    }
  }
  if (isEmpty) throw new EnvelopeError("InvalidContext", "an encryption context must not be empty");
  return encodePairs(context);
}

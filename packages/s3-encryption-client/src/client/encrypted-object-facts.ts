import type { SuiteName } from "../format/algorithm-suites.ts";
import { plaintextSize } from "../format/algorithm-suites.ts";
import type { Envelope } from "../format/envelope.ts";
import type { TextMap } from "../format/metadata-text.ts";
import type { WrappingAlgorithm } from "../format/wrapping-algorithms.ts";
import type { Authentication } from "../object/release-plaintext.ts";

/** Where the keys of an object are. */
export type EnvelopeLocation = "metadata" | "instruction-file";

/** How an object is encrypted; outputs of the client carry it as `Encryption`. */
export interface EncryptedObjectFacts {
  readonly formatVersion: 1 | 2 | 3;
  readonly algorithm: SuiteName;
  readonly wrappingAlgorithm: WrappingAlgorithm;
  /** The stored encryption context or description of the key: in the clear, and unauthenticated unless a KMS bound it. */
  readonly storedContext: TextMap;
  readonly envelopeLocation: EnvelopeLocation;
  readonly ciphertextBytes: number | null;
  /** Null where the ciphertext's size does not tell: AES-CBC. */
  readonly plaintextBytes: number | null;
  readonly authentication: Authentication;
}

export function describeObject(
  envelope: Envelope,
  envelopeLocation: EnvelopeLocation,
  ciphertextBytes: number | null,
  authentication: Authentication,
): EncryptedObjectFacts {
  return {
    formatVersion: envelope.formatVersion,
    algorithm: envelope.suite.name,
    wrappingAlgorithm: envelope.wrappingAlgorithm,
    storedContext: envelope.storedContext,
    envelopeLocation,
    ciphertextBytes,
    plaintextBytes: ciphertextBytes === null ? null : plaintextSize(envelope.suite, ciphertextBytes),
    authentication,
  };
}

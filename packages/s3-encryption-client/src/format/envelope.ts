import type { Bytes } from "../bytes.ts";
import type { AlgorithmSuite } from "./algorithm-suites.ts";
import type { TextMap } from "./metadata-text.ts";
import type { WrappingAlgorithm } from "./wrapping-algorithms.ts";

/** One wrapping of a data key. */
export interface WrappedDataKey {
  readonly wrappingAlgorithm: WrappingAlgorithm;
  readonly encryptedDataKey: Bytes;
  /** An encryption context where a KMS wrapped the key, else a description of the key that did. Not authenticated by itself. */
  readonly storedContext: TextMap;
}

interface EnvelopeFacts extends WrappedDataKey {
  readonly suite: AlgorithmSuite;
  /** Further wrappings of the same data key: this library's extension of format 3. */
  readonly otherRecipients: readonly WrappedDataKey[];
}

/** Formats 1 and 2: the data key encrypts the content. */
export interface PlainEnvelope extends EnvelopeFacts {
  readonly formatVersion: 1 | 2;
  readonly iv: Bytes;
}

/** What of format 3 describes the content, and stays with the object. */
export interface ContentCommitment {
  readonly messageId: Bytes;
  readonly commitment: Bytes;
}

/** Format 3: a key derived from the data key and the message id encrypts the content. */
export interface CommittingEnvelope extends EnvelopeFacts, ContentCommitment {
  readonly formatVersion: 3;
}

/** All that an object says of its encryption. */
export type Envelope = PlainEnvelope | CommittingEnvelope;

export const MESSAGE_ID_BYTES = 28;
export const COMMITMENT_BYTES = 28;

import {
  HeadObjectCommand,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
} from "@aws-sdk/client-s3";
import { InvalidEnvelopeError, UnsupportedFormatError } from "../errors.ts";
import { type AlgorithmSuite, COMMITTING_GCM_SUITE, plaintextSize } from "../format/algorithm-suites.ts";
import { parseObjectMetadata } from "../format/parse-envelope.ts";
import type { ClientContext } from "./client-options.ts";
import type { EncryptedObjectFacts, EnvelopeLocation } from "./encrypted-object-facts.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";

/** What an object's metadata tells by itself: no key and no second request. */
export type HeadFacts = Pick<
  EncryptedObjectFacts,
  "formatVersion" | "algorithm" | "envelopeLocation" | "ciphertextBytes" | "plaintextBytes"
>;

export interface DescribedHeadObjectOutput extends HeadObjectCommandOutput {
  /** Null: the metadata does not say. The object is not encrypted, or all of it is in an instruction file. */
  readonly Encryption: HeadFacts | null;
}

/** `ContentLength` becomes the plaintext's where the metadata tells it; everything else is as S3 sent it. */
export async function headObject(
  context: ClientContext,
  input: HeadObjectCommandInput,
  options: SendOptions,
): Promise<DescribedHeadObjectOutput> {
  const output = await context.s3.send(new HeadObjectCommand(input), httpOptions(options));
  const found = findSuite(output.Metadata ?? {});
  if (found === null) return { ...output, Encryption: null };
  const isWhole = input.Range === undefined && input.PartNumber === undefined;
  const ciphertextBytes = isWhole ? (output.ContentLength ?? null) : null;
  const plaintextBytes = ciphertextBytes === null ? null : plaintextSize(found.suite, ciphertextBytes);
  const { formatVersion, suite, envelopeLocation } = found;
  return {
    ...output,
    ...(plaintextBytes === null ? {} : { ContentLength: plaintextBytes }),
    Encryption: { formatVersion, algorithm: suite.name, envelopeLocation, ciphertextBytes, plaintextBytes },
  };
}

interface FoundSuite {
  readonly suite: AlgorithmSuite;
  readonly formatVersion: 1 | 2 | 3;
  readonly envelopeLocation: EnvelopeLocation;
}

function findSuite(metadata: Readonly<Record<string, string>>): FoundSuite | null {
  try {
    const own = parseObjectMetadata(metadata);
    if (own.kind === "absent") return null;
    if (own.kind === "split")
      return { suite: COMMITTING_GCM_SUITE, formatVersion: 3, envelopeLocation: "instruction-file" };
    const { suite, formatVersion } = own.envelope;
    return { suite, formatVersion, envelopeLocation: "metadata" };
  } catch (error) {
    // Reading such an object fails with this error; asking about it gives what S3 says.
    if (error instanceof InvalidEnvelopeError || error instanceof UnsupportedFormatError) return null;
    throw error;
  }
}

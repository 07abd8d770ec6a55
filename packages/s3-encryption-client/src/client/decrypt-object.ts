// Objects without an S3 client: files that were downloaded, responses of presigned URLs.
import { platform } from "#platform";
import { MissingInstructionFileError, UsageError } from "../errors.ts";
import type { Envelope } from "../format/envelope.ts";
import { parseInstructionFile } from "../format/instruction-file.ts";
import type { TextMap } from "../format/metadata-text.ts";
import { parseObjectMetadata } from "../format/parse-envelope.ts";
import { openEnvelope } from "../object/reading-rules.ts";
import { releasePlaintext } from "../object/release-plaintext.ts";
import { type ReadingOptions, resolveBuffering, resolveReading } from "./client-options.ts";
import {
  describeObject,
  type EncryptedObjectFacts,
  type EnvelopeLocation,
} from "./encrypted-object-facts.ts";
import { discardBody, knownSize, readBody } from "./read-body.ts";

export interface DecryptOptions extends ReadingOptions {
  readonly encryptionContext?: TextMap;
}

/** An object as it is stored. */
export interface StoredObject {
  /** Its user metadata: names without "x-amz-meta-", in any case. */
  readonly metadata: Readonly<Record<string, string | undefined>>;
  /** Its ciphertext: bytes, a Blob, or a stream of either kind. */
  readonly body: unknown;
  /** Where it is known: a body of another length is refused. */
  readonly contentLength?: number;
  /** The text of its instruction file, for objects whose keys are there. */
  readonly instructionFile?: string;
}

/** A body such as the SDK gives one. */
export interface PlaintextBody extends AsyncIterable<Uint8Array> {
  transformToByteArray(): Promise<Uint8Array>;
  transformToString(encoding?: string): Promise<string>;
  transformToWebStream(): ReadableStream<Uint8Array>;
}

export interface DecryptedObject {
  readonly body: PlaintextBody;
  readonly Encryption: EncryptedObjectFacts;
}

/** Decrypts an object at hand. Throws what a client's GetObject throws. */
export async function decryptObject(object: StoredObject, options: DecryptOptions): Promise<DecryptedObject> {
  const reading = resolveReading(options);
  const buffering = resolveBuffering(options);
  const { envelope, location } = readEnvelope(object.metadata, object.instructionFile);
  const contentKey = await openEnvelope(envelope, reading, options.encryptionContext ?? {});
  const expected = object.contentLength ?? knownSize(object.body);
  const released = await releasePlaintext(readBody(object.body), contentKey, expected, buffering);
  const facts = describeObject(envelope, location, expected, released.authentication);
  return {
    body: platform.toBody(released.plaintext) as PlaintextBody,
    Encryption: { ...facts, plaintextBytes: released.plaintextBytes ?? facts.plaintextBytes },
  };
}

/**
 * Decrypts the response to a presigned GET, in browsers too: there the bucket's CORS rules have to expose the
 * `x-amz-meta-…` headers. `instructionFile` is the response for the object's instruction file, where it has one.
 */
export async function decryptResponse(
  response: Response,
  options: DecryptOptions & { readonly instructionFile?: Response | string },
): Promise<DecryptedObject> {
  try {
    if (response.status !== 200)
      throw new UsageError(
        `The response has status ${response.status}; only a whole object, with 200, can be decrypted`,
      );
    const metadata: Record<string, string> = {};
    response.headers.forEach((value, name) => {
      if (name.startsWith("x-amz-meta-")) metadata[name.slice("x-amz-meta-".length)] = value;
    });
    const { instructionFile: file, ...reading } = options;
    const instructionFile = file instanceof Response ? await file.text() : file;
    const length = response.headers.get("content-length");
    // With a content encoding, the length is that of the bytes before `fetch` decoded them.
    const isExact = length !== null && !response.headers.has("content-encoding");
    const object = {
      metadata,
      body: response.body,
      ...(isExact ? { contentLength: Number(length) } : {}),
      ...(instructionFile === undefined ? {} : { instructionFile }),
    };
    return await decryptObject(object, reading);
  } catch (error) {
    discardBody(response.body);
    throw error;
  }
}

/**
 * How an object is encrypted, from its metadata alone (and its instruction file's text): no key is needed. Null when the
 * metadata says nothing and there is no instruction file. Throws InvalidEnvelopeError and the like.
 */
export function describeEncryption(
  metadata: Readonly<Record<string, string | undefined>>,
  instructionFile?: string,
): EncryptedObjectFacts | null {
  const own = parseObjectMetadata(metadata);
  if (own.kind === "absent" && instructionFile === undefined) return null;
  const { envelope, location } = readEnvelope(metadata, instructionFile);
  return describeObject(envelope, location, null, "unread");
}

function readEnvelope(
  metadata: StoredObject["metadata"],
  instructionFile: string | undefined,
): { readonly envelope: Envelope; readonly location: EnvelopeLocation } {
  const own = parseObjectMetadata(metadata);
  if (own.kind === "whole") return { envelope: own.envelope, location: "metadata" };
  if (instructionFile === undefined)
    throw new MissingInstructionFileError(
      "The object's metadata has no keys: its instruction file is needed",
    );
  const envelope = parseInstructionFile(instructionFile, own.kind === "split" ? own.content : null);
  return { envelope, location: "instruction-file" };
}

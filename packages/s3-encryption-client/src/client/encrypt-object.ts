import { platform } from "#platform";
import type { Bytes } from "../bytes.ts";
import { ciphertextSize } from "../format/algorithm-suites.ts";
import type { Envelope } from "../format/envelope.ts";
import type { TextMap } from "../format/metadata-text.ts";
import { printToInstructionFile, printToMetadata } from "../format/print-envelope.ts";
import { beginEncryption } from "../object/begin-encryption.ts";
import { encryptStream, encryptWhole } from "../object/encrypt-content.ts";
import { resolveWriting, type WritingOptions } from "./client-options.ts";
import type { PlaintextBody } from "./decrypt-object.ts";
import { describeObject, type EncryptedObjectFacts } from "./encrypted-object-facts.ts";
import { knownSize, readBody } from "./read-body.ts";

export interface EncryptOptions extends WritingOptions {
  readonly encryptionContext?: TextMap;
  /** Keep the keys out of the metadata: they are then the text of an instruction file. Default false. */
  readonly instructionFile?: boolean;
}

/** An object ready to be stored by other means: a presigned PUT, a form, a file. */
export interface EncryptedObject {
  readonly body: Bytes;
  /** User metadata that must be stored with it: names without "x-amz-meta-". */
  readonly metadata: Readonly<Record<string, string>>;
  readonly instructionFile: string | null;
  readonly Encryption: EncryptedObjectFacts;
}

/** The same with a body that is encrypted while it is read. It can be read once. */
export interface EncryptedObjectStream extends Omit<EncryptedObject, "body"> {
  readonly body: PlaintextBody;
}

/** Encrypts bytes, text, a Blob or a stream, in memory. Throws what a client's PutObject throws. */
export async function encryptObject(plaintext: unknown, options: EncryptOptions): Promise<EncryptedObject> {
  const writing = resolveWriting(options);
  const encryption = await beginEncryption(writing, options.encryptionContext ?? {}, "whole");
  const limit = writing.suite.maxPlaintextBytes;
  const body = await encryptWhole(encryption, readBody(plaintext), knownSize(plaintext), limit);
  return { body, ...describe(encryption.envelope, options, body.length) };
}

/** Encrypts without holding the whole: for files of any size. Throws, and its body throws, what encryptObject throws. */
export async function encryptObjectStream(
  plaintext: unknown,
  options: EncryptOptions,
): Promise<EncryptedObjectStream> {
  const writing = resolveWriting(options);
  const encryption = await beginEncryption(writing, options.encryptionContext ?? {}, "streamed");
  const size = knownSize(plaintext);
  const body = platform.toBody(encryptStream(encryption, readBody(plaintext), size)) as PlaintextBody;
  const total = size === null ? null : ciphertextSize(writing.suite, size);
  return { body, ...describe(encryption.envelope, options, total) };
}

function describe(
  envelope: Envelope,
  { instructionFile: isApart = false }: EncryptOptions,
  ciphertextBytes: number | null,
): Omit<EncryptedObject, "body"> {
  const printed = isApart ? printToInstructionFile(envelope) : printToMetadata(envelope);
  const location = isApart ? "instruction-file" : "metadata";
  return {
    metadata: printed.objectMetadata,
    instructionFile: printed.instructionFile,
    Encryption: describeObject(envelope, location, ciphertextBytes, "unread"),
  };
}

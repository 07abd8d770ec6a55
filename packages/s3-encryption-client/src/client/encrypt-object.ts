import type { Bytes } from "../bytes.ts";
import type { TextMap } from "../format/metadata-text.ts";
import { printToInstructionFile, printToMetadata } from "../format/print-envelope.ts";
import { beginEncryption } from "../object/begin-encryption.ts";
import { encryptWhole } from "../object/encrypt-content.ts";
import { resolveWriting, type WritingOptions } from "./client-options.ts";
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

/** Encrypts bytes, text, a Blob or a stream, in memory. Throws what a client's PutObject throws. */
export async function encryptObject(plaintext: unknown, options: EncryptOptions): Promise<EncryptedObject> {
  const writing = resolveWriting(options);
  const encryption = await beginEncryption(writing, options.encryptionContext ?? {}, "whole");
  const limit = writing.suite.maxPlaintextBytes;
  const body = await encryptWhole(encryption, readBody(plaintext), knownSize(plaintext), limit);
  const { envelope } = encryption;
  const isApart = options.instructionFile === true;
  const printed = isApart ? printToInstructionFile(envelope) : printToMetadata(envelope);
  const location = isApart ? "instruction-file" : "metadata";
  return {
    body,
    metadata: printed.objectMetadata,
    instructionFile: printed.instructionFile,
    Encryption: describeObject(envelope, location, body.length, "unread"),
  };
}

import {
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
} from "@aws-sdk/client-s3";
import { platform } from "#platform";
import { EMPTY } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { ciphertextSize } from "../format/algorithm-suites.ts";
import { beginEncryption, type Encryption } from "../object/begin-encryption.ts";
import { encryptStream, encryptWhole } from "../object/encrypt-content.ts";
import { attachPieces, sendsPieces, withHeldBody } from "./attach-pieces.ts";
import type { ClientContext } from "./client-options.ts";
import { describeObject, type EncryptedObjectFacts } from "./encrypted-object-facts.ts";
import { writeInstructionFile } from "./instruction-files.ts";
import { refusePlaintextDigests } from "./plaintext-digests.ts";
import { printEnvelope } from "./printed-envelope.ts";
import { findBytes, knownSize, readBody } from "./read-body.ts";
import { encryptInPieces, type ReplayablePieces, sizeOf } from "./replayable-pieces.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";
import { mergeMetadata } from "./user-metadata.ts";
import { isConditional, writeBoth } from "./write-order.ts";

export interface EncryptedPutObjectOutput extends PutObjectCommandOutput {
  readonly Encryption: EncryptedObjectFacts;
}

/**
 * Encrypts and puts. What fits into the buffer is encrypted first and sent from memory, so that the SDK's retries send the
 * very same ciphertext; what does not is encrypted as it is sent, and the SDK does not retry streams.
 */
export async function putObject(
  context: ClientContext,
  input: PutObjectCommandInput,
  options: SendOptions,
): Promise<EncryptedPutObjectOutput> {
  refusePlaintextDigests(input);
  const size = requireSize(input);
  const { suite } = context.writing;
  if (size !== null && size > suite.maxPlaintextBytes)
    throw new UsageError(`An object may have at most ${suite.maxPlaintextBytes} bytes`);
  const isHeld = size === null || size <= context.buffering.bufferSizeBytes;
  const encryption = await beginEncryption(
    context.writing,
    options.encryptionContext ?? {},
    isHeld ? "whole" : "streamed",
  );
  const printed = printEnvelope(context, encryption.envelope);
  const Metadata = mergeMetadata(input.Metadata, printed.objectMetadata);
  // Encrypting comes before the instruction file is written: a body that fails then leaves the old pair in place.
  const { command, ciphertextBytes } = isHeld
    ? await putHeld(context, { ...input, Metadata }, encryption, size)
    : putStreamed({ ...input, Metadata }, encryption, size);
  const { instructionFile } = printed;
  const output = await writeBoth(
    instructionFile === null
      ? null
      : () => writeInstructionFile(context, input, instructionFile, httpOptions(options)),
    () => context.s3.send(command, httpOptions(options)),
    !isHeld || isConditional(input),
  );
  const location = instructionFile === null ? "metadata" : "instruction-file";
  return { ...output, Encryption: describeObject(encryption.envelope, location, ciphertextBytes, "unread") };
}

interface PreparedPut {
  readonly command: PutObjectCommand;
  readonly ciphertextBytes: number;
}

/** From memory. Bytes that are there already cannot fail, so they are encrypted while they are sent. */
async function putHeld(
  context: ClientContext,
  input: PutObjectCommandInput,
  encryption: Encryption,
  size: number | null,
): Promise<PreparedPut> {
  const plaintext = findBytes(input.Body);
  if (plaintext !== null && (await sendsPieces(context, input, plaintext.length)))
    return putPieces(input, encryptInPieces(encryption, plaintext));
  const limit = context.buffering.bufferSizeBytes;
  const Body = await encryptWhole(encryption, readBody(input.Body), size, limit);
  const command = await withHeldBody(
    context,
    input,
    Body,
    (body) => new PutObjectCommand({ ...input, ...body }),
  );
  return { command, ciphertextBytes: Body.length };
}

function putPieces(input: PutObjectCommandInput, pieces: ReplayablePieces): PreparedPut {
  const ContentLength = sizeOf(pieces);
  const command = new PutObjectCommand({ ...input, Body: EMPTY, ContentLength });
  attachPieces(command, pieces);
  return { command, ciphertextBytes: ContentLength };
}

function putStreamed(input: PutObjectCommandInput, encryption: Encryption, size: number | null): PreparedPut {
  const ContentLength = ciphertextSize(encryption.envelope.suite, size ?? 0);
  const stream = platform.toRequestStream(encryptStream(encryption, readBody(input.Body), size));
  const Body = stream as Exclude<PutObjectCommandInput["Body"], undefined>;
  return { command: new PutObjectCommand({ ...input, Body, ContentLength }), ciphertextBytes: ContentLength };
}

/** The plaintext's size from the body and ContentLength, which have to agree; null when neither tells. */
function requireSize({ Body, ContentLength }: PutObjectCommandInput): number | null {
  const size = knownSize(Body);
  if (ContentLength !== undefined && (!Number.isSafeInteger(ContentLength) || ContentLength < 0))
    throw new UsageError("ContentLength is the number of bytes of the plaintext");
  if (size !== null && ContentLength !== undefined && size !== ContentLength)
    throw new UsageError("ContentLength is not the length of the body");
  return size ?? ContentLength ?? null;
}

// Multipart uploads by hand: one encryption runs through all parts, so they come in order, one at a time.
import {
  AbortMultipartUploadCommand,
  type AbortMultipartUploadCommandInput,
  type AbortMultipartUploadCommandOutput,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type CreateMultipartUploadCommandOutput,
  UploadPartCommand,
  type UploadPartCommandInput,
  type UploadPartCommandOutput,
} from "@aws-sdk/client-s3";
import { type Bytes, concat, inSlices } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { beginEncryption, type Encryption } from "../object/begin-encryption.ts";
import { withHeldBody } from "./attach-pieces.ts";
import type { ClientContext } from "./client-options.ts";
import { writeInstructionFile } from "./instruction-files.ts";
import { refusePlaintextDigests } from "./plaintext-digests.ts";
import { printEnvelope } from "./printed-envelope.ts";
import { knownSize, readBody } from "./read-body.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";
import { mergeMetadata } from "./user-metadata.ts";
import { isConditional, writeBoth } from "./write-order.ts";

/** An upload of this client: it lives in memory, so another process cannot go on with it. */
interface RunningUpload {
  readonly encryption: Encryption;
  /** Not before the upload is completed: one that is aborted must leave the keys of the object that is there. */
  readonly writeFile: (() => Promise<void>) | null;
  /** Kept so that the last part can be sent again, as the very same bytes. */
  lastSent: { readonly partNumber: number; readonly ciphertext: Bytes } | null;
  isEncrypting: boolean;
  hasEnded: boolean;
}

const UPLOADS = new WeakMap<ClientContext, Map<string, RunningUpload>>();

export async function createMultipartUpload(
  context: ClientContext,
  input: CreateMultipartUploadCommandInput,
  options: SendOptions,
): Promise<CreateMultipartUploadCommandOutput> {
  const encryption = await beginEncryption(context.writing, options.encryptionContext ?? {}, "streamed");
  const printed = printEnvelope(context, encryption.envelope);
  const Metadata = mergeMetadata(input.Metadata, printed.objectMetadata);
  const { instructionFile } = printed;
  const writeFile =
    instructionFile === null
      ? null
      : () => writeInstructionFile(context, input, instructionFile, httpOptions(options));
  const output = await context.s3.send(
    new CreateMultipartUploadCommand({ ...input, Metadata }),
    httpOptions(options),
  );
  if (output.UploadId === undefined) throw new UsageError("S3 gave no upload id");
  uploadsOf(context).set(output.UploadId, {
    encryption,
    writeFile,
    lastSent: null,
    isEncrypting: false,
    hasEnded: false,
  });
  return output;
}

/**
 * Parts come in ascending order, each after the one before it was answered; `isLastPart` says which is the last. A part
 * that failed may be sent again, and goes out as the same ciphertext whatever its body is then.
 */
export async function uploadPart(
  context: ClientContext,
  input: UploadPartCommandInput,
  options: SendOptions,
): Promise<UploadPartCommandOutput> {
  const upload = requireUpload(context, input.UploadId);
  refusePlaintextDigests(input);
  const ciphertext = await encryptPart(upload, input, options.isLastPart === true);
  const command = await withHeldBody(
    context,
    input,
    ciphertext,
    (body) => new UploadPartCommand({ ...input, ...body }),
  );
  return context.s3.send(command, httpOptions(options));
}

export async function completeMultipartUpload(
  context: ClientContext,
  input: CompleteMultipartUploadCommandInput,
  options: SendOptions,
): Promise<CompleteMultipartUploadCommandOutput> {
  const upload = requireUpload(context, input.UploadId);
  if (!upload.hasEnded)
    throw new UsageError(
      "The upload has no last part yet: send it with isLastPart, or the object would have no tag",
    );
  const output = await writeBoth(
    upload.writeFile,
    () => context.s3.send(new CompleteMultipartUploadCommand(input), httpOptions(options)),
    isConditional(input),
  );
  uploadsOf(context).delete(input.UploadId ?? "");
  return output;
}

export async function abortMultipartUpload(
  context: ClientContext,
  input: AbortMultipartUploadCommandInput,
  options: SendOptions,
): Promise<AbortMultipartUploadCommandOutput> {
  uploadsOf(context).delete(input.UploadId ?? "");
  return context.s3.send(new AbortMultipartUploadCommand(input), httpOptions(options));
}

/** Throws UsageError: S3 would copy bytes into the ciphertext that the running encryption knows nothing of. */
export function refuseCopiedPart(context: ClientContext, uploadId: string | undefined): void {
  if (uploadsOf(context).has(uploadId ?? ""))
    throw new UsageError("A part of an encrypted object cannot be copied from another object");
}

async function encryptPart(
  upload: RunningUpload,
  input: UploadPartCommandInput,
  isLast: boolean,
): Promise<Bytes> {
  const { PartNumber: partNumber, ContentLength: announced } = input;
  if (partNumber === undefined) throw new UsageError("UploadPart needs a PartNumber");
  if (upload.isEncrypting)
    throw new UsageError(
      "Parts of an encrypted object are sent one after the other: use Upload for parallel ones",
    );
  const { lastSent } = upload;
  if (lastSent?.partNumber === partNumber) return lastSent.ciphertext;
  if (upload.hasEnded) throw new UsageError("The upload has its last part already");
  if (lastSent !== null && partNumber < lastSent.partNumber)
    throw new UsageError("Parts of an encrypted object are sent in ascending order");
  const size = knownSize(input.Body);
  if (size !== null && announced !== undefined && size !== announced)
    throw new UsageError("ContentLength is not the length of the body");
  upload.isEncrypting = true;
  try {
    // The part is read before it is encrypted: when its body fails half way, the encryption has not moved.
    const plaintext: Uint8Array[] = [];
    for await (const chunk of readBody(input.Body)) plaintext.push(chunk);
    const pieces: Uint8Array[] = [];
    for (const chunk of plaintext) {
      for (const slice of inSlices(chunk)) pieces.push(await upload.encryption.update(slice));
    }
    if (isLast) pieces.push(await upload.encryption.final());
    const ciphertext = concat(pieces);
    upload.lastSent = { partNumber, ciphertext };
    upload.hasEnded = isLast;
    return ciphertext;
  } finally {
    upload.isEncrypting = false;
  }
}

function requireUpload(context: ClientContext, uploadId: string | undefined): RunningUpload {
  const upload = uploadsOf(context).get(uploadId ?? "");
  if (upload === undefined)
    throw new UsageError("This client did not start the upload: an encrypted upload ends where it began");
  return upload;
}

function uploadsOf(context: ClientContext): Map<string, RunningUpload> {
  let uploads = UPLOADS.get(context);
  if (uploads === undefined) {
    uploads = new Map();
    UPLOADS.set(context, uploads);
  }
  return uploads;
}

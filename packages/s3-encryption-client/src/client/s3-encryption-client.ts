import {
  type $Command,
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { ConfigurationError, UsageError } from "../errors.ts";
import { type ClientContext, resolveClient, type S3EncryptionClientOptions } from "./client-options.ts";
import { copyObject } from "./copy-object.ts";
import { deleteObject, deleteObjects } from "./delete-objects.ts";
import { type DecryptedGetObjectOutput, getObject } from "./get-object.ts";
import { type DescribedHeadObjectOutput, headObject } from "./head-object.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  refuseCopiedPart,
  uploadPart,
} from "./multipart-upload.ts";
import { type EncryptedPutObjectOutput, putObject } from "./put-object.ts";
import {
  type ReEncryptInstructionFileRequest,
  type ReEncryptInstructionFileResult,
  reEncryptInstructionFile,
} from "./re-encrypt-instruction-file.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";

/** A command of `@aws-sdk/client-s3`. */
export type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/**
 * What `send` resolves to. Outputs are told apart by names that only they have: to the type checker a GetObjectCommand is a
 * PutObjectCommand too, since everything in both is optional, and overloads would pick whichever it compared first.
 */
export type SentOutput<Output> = "Body" | "ContentRange" extends keyof Output
  ? DecryptedGetObjectOutput
  : "ArchiveStatus" extends keyof Output
    ? DescribedHeadObjectOutput
    : "ETag" | "Expiration" | "SSEKMSEncryptionContext" extends keyof Output
      ? EncryptedPutObjectOutput
      : Output;

const CONTEXTS = new WeakMap<S3EncryptionClient, ClientContext>();

/**
 * An S3Client whose objects are encrypted before they leave, and verified before they are handed out. Commands that touch
 * content are changed on their way; all others go to the wrapped client as they are.
 */
export class S3EncryptionClient {
  /** Throws ConfigurationError. */
  constructor(options: S3EncryptionClientOptions) {
    if ((options.client as unknown) instanceof S3EncryptionClient)
      throw new ConfigurationError(
        "client is an S3EncryptionClient already: objects would be encrypted twice",
      );
    CONTEXTS.set(this, resolveClient(options));
  }

  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: S3Command<Input, Output>,
    options?: SendOptions,
  ): Promise<SentOutput<Output>>;
  async send(command: object, options: SendOptions = {}): Promise<object> {
    const context = contextOf(this);
    if (command instanceof PutObjectCommand) return putObject(context, command.input, options);
    if (command instanceof GetObjectCommand) return getObject(context, command.input, options);
    if (command instanceof HeadObjectCommand) return headObject(context, command.input, options);
    if (command instanceof CopyObjectCommand) return copyObject(context, command.input, options);
    if (command instanceof DeleteObjectCommand) return deleteObject(context, command.input, options);
    if (command instanceof DeleteObjectsCommand) return deleteObjects(context, command.input, options);
    if (command instanceof CreateMultipartUploadCommand)
      return createMultipartUpload(context, command.input, options);
    if (command instanceof UploadPartCommand) return uploadPart(context, command.input, options);
    if (command instanceof CompleteMultipartUploadCommand)
      return completeMultipartUpload(context, command.input, options);
    if (command instanceof AbortMultipartUploadCommand)
      return abortMultipartUpload(context, command.input, options);
    if (command instanceof UploadPartCopyCommand) refuseCopiedPart(context, command.input.UploadId);
    refuseBody(command);
    return context.s3.send(command as S3Command<ServiceInputTypes, ServiceOutputTypes>, httpOptions(options));
  }

  /** The wrapped client's. */
  get config(): S3ClientResolvedConfig {
    return contextOf(this).s3.config;
  }

  /** Lets go of the wrapped client's connections. */
  destroy(): void {
    contextOf(this).s3.destroy();
  }

  /** Wraps the data key of an object anew, for another key; see ReEncryptInstructionFileRequest. */
  reEncryptInstructionFile(
    request: ReEncryptInstructionFileRequest,
    options: SendOptions = {},
  ): Promise<ReEncryptInstructionFileResult> {
    return reEncryptInstructionFile(contextOf(this), request, httpOptions(options));
  }
}

/** For what belongs to the client but is not a command: uploads, wrapping keys anew. */
export function contextOf(client: S3EncryptionClient): ClientContext {
  const context = CONTEXTS.get(client);
  if (context === undefined) throw new ConfigurationError("client must be an S3EncryptionClient");
  return context;
}

/**
 * What has a body and is none of the commands above would be stored as it is. Most likely its class is another copy of
 * `@aws-sdk/client-s3` than this library uses, so that it is not recognized: that must never end in plaintext at rest.
 */
function refuseBody(command: object): void {
  const { input } = command as { readonly input?: object };
  if (typeof input === "object" && input !== null && "Body" in input && input.Body !== undefined)
    throw new UsageError(
      "This command has a body that would not be encrypted. Is @aws-sdk/client-s3 installed twice? Send it with the wrapped client if you mean it.",
    );
}

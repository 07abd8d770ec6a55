import {
  type $Command,
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-s3";
import { ConfigurationError } from "../errors.ts";
import { type ClientContext, resolveClient, type S3EncryptionClientOptions } from "./client-options.ts";
import { type DecryptedGetObjectOutput, getObject } from "./get-object.ts";
import { type EncryptedPutObjectOutput, putObject } from "./put-object.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";

/** A command of `@aws-sdk/client-s3`. */
export type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

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

  send(
    command: S3Command<PutObjectCommandInput, PutObjectCommandOutput>,
    options?: SendOptions,
  ): Promise<EncryptedPutObjectOutput>;
  send(
    command: S3Command<GetObjectCommandInput, GetObjectCommandOutput>,
    options?: SendOptions,
  ): Promise<DecryptedGetObjectOutput>;
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: S3Command<Input, Output>,
    options?: SendOptions,
  ): Promise<Output>;
  async send(command: object, options: SendOptions = {}): Promise<object> {
    const context = contextOf(this);
    if (command instanceof PutObjectCommand) return putObject(context, command.input, options);
    if (command instanceof GetObjectCommand) return getObject(context, command.input, options);
    return context.s3.send(command as S3Command<ServiceInputTypes, ServiceOutputTypes>, httpOptions(options));
  }
}

/** For what belongs to the client but is not a command: uploads, wrapping keys anew. */
export function contextOf(client: S3EncryptionClient): ClientContext {
  const context = CONTEXTS.get(client);
  if (context === undefined) throw new ConfigurationError("client must be an S3EncryptionClient");
  return context;
}

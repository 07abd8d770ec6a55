import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { utf8 } from "../bytes.ts";
import { InvalidInstructionFileError, MissingInstructionFileError, UsageError } from "../errors.ts";
import { DEFAULT_INSTRUCTION_SUFFIX, MAX_INSTRUCTION_FILE_BYTES } from "../format/instruction-file.ts";
import { INSTRUCTION_FILE_MARKER } from "../format/metadata-names.ts";
import type { ClientContext } from "./client-options.ts";
import { discardBody, readBody } from "./read-body.ts";
import type { HttpOptions } from "./send-options.ts";

/** What of a PUT goes for its instruction file as well: who owns, reads, keeps and pays for it, and how it rests. */
const SHARED_PUT_FIELDS = [
  "ACL",
  "Bucket",
  "BucketKeyEnabled",
  "ExpectedBucketOwner",
  "GrantFullControl",
  "GrantRead",
  "GrantReadACP",
  "GrantWriteACP",
  "ObjectLockLegalHoldStatus",
  "ObjectLockMode",
  "ObjectLockRetainUntilDate",
  "RequestPayer",
  "SSECustomerAlgorithm",
  "SSECustomerKey",
  "SSECustomerKeyMD5",
  "SSEKMSEncryptionContext",
  "SSEKMSKeyId",
  "ServerSideEncryption",
  "StorageClass",
  "Tagging",
] as const;

const SHARED_GET_FIELDS = [
  "Bucket",
  "ExpectedBucketOwner",
  "RequestPayer",
  "SSECustomerAlgorithm",
  "SSECustomerKey",
  "SSECustomerKeyMD5",
] as const;

/** The fields that a PUT, or the start of a multipart upload, shares with its instruction file. */
export type SharedPutInput = Pick<PutObjectCommandInput, (typeof SHARED_PUT_FIELDS)[number] | "Key">;

export function instructionKey(objectKey: string | undefined, suffix = DEFAULT_INSTRUCTION_SUFFIX): string {
  if (suffix === "")
    throw new UsageError("instructionFileSuffix may not be empty: it would name the object itself");
  return `${objectKey}${suffix}`;
}

/** When: see write-order.ts. */
export async function writeInstructionFile(
  { s3 }: ClientContext,
  input: SharedPutInput,
  text: string,
  http: HttpOptions,
  suffix?: string,
): Promise<void> {
  const body = utf8(text);
  await s3.send(
    new PutObjectCommand({
      ...pick(input, SHARED_PUT_FIELDS),
      Bucket: input.Bucket,
      Key: instructionKey(input.Key, suffix),
      Metadata: { [INSTRUCTION_FILE_MARKER]: "" },
      Body: body,
      ContentLength: body.length,
    }),
    http,
  );
}

/**
 * The text of an instruction file. Throws MissingInstructionFileError when there is none, or when S3 will not say: without
 * the right to list, a missing object answers "access denied".
 */
export async function readInstructionFile(
  context: ClientContext,
  input: GetObjectCommandInput,
  http: HttpOptions,
  suffix?: string,
): Promise<string> {
  if (!context.instructionFiles.read)
    throw new MissingInstructionFileError(
      "The object's metadata has no keys, and instruction files are not read: was it encrypted by an S3 encryption client?",
    );
  const output = await context.s3
    .send(
      new GetObjectCommand({
        ...pick(input, SHARED_GET_FIELDS),
        Bucket: input.Bucket,
        Key: instructionKey(input.Key, suffix),
      }),
      http,
    )
    .catch((error: unknown) => {
      throw isMissing(error) ? missing(error) : error;
    });
  if ((output.ContentLength ?? 0) > MAX_INSTRUCTION_FILE_BYTES) {
    discardBody(output.Body);
    throw tooLong();
  }
  return readText(output.Body);
}

export async function deleteInstructionFile(
  { s3 }: ClientContext,
  input: {
    readonly Bucket: string | undefined;
    readonly Key: string | undefined;
    readonly ExpectedBucketOwner?: string | undefined;
  },
  http: HttpOptions,
  suffix?: string,
): Promise<void> {
  await s3.send(new DeleteObjectCommand({ ...input, Key: instructionKey(input.Key, suffix) }), http);
}

async function readText(body: unknown): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let count = 0;
  for await (const chunk of readBody(body)) {
    count += chunk.length;
    if (count > MAX_INSTRUCTION_FILE_BYTES) throw tooLong();
    text += decodeText(() => decoder.decode(chunk, { stream: true }));
  }
  return text + decodeText(() => decoder.decode());
}

function decodeText(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new InvalidInstructionFileError("The instruction file is not UTF-8");
  }
}

/** Whether S3 says that there is no such object. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && (error.name === "NoSuchKey" || statusOf(error) === 404);
}

/** Without the right to list, S3 says "access denied" of what is not there. */
function isMissing(error: unknown): boolean {
  return isNotFound(error) || (error instanceof Error && statusOf(error) === 403);
}

function statusOf(error: Error): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function missing(cause: unknown): MissingInstructionFileError {
  return new MissingInstructionFileError(
    "The object's metadata has no keys and its instruction file could not be read: was it encrypted by an S3 encryption client?",
    cause,
  );
}

function tooLong(): InvalidInstructionFileError {
  return new InvalidInstructionFileError(
    `The instruction file is longer than ${MAX_INSTRUCTION_FILE_BYTES} bytes`,
  );
}

function pick<T extends object, Name extends keyof T>(input: T, names: readonly Name[]): Pick<T, Name> {
  const picked: Partial<Pick<T, Name>> = {};
  for (const name of names) if (input[name] !== undefined) picked[name] = input[name];
  return picked as Pick<T, Name>;
}

import {
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  type DeleteObjectCommandOutput,
  DeleteObjectsCommand,
  type DeleteObjectsCommandInput,
  type DeleteObjectsCommandOutput,
} from "@aws-sdk/client-s3";
import type { ClientContext } from "./client-options.ts";
import { deleteInstructionFile, instructionKey } from "./instruction-files.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";

/** What S3 takes in one DeleteObjects. */
const MAX_KEYS = 1000;

/**
 * The object, and then its instruction file. A named version is deleted alone: which version of the instruction file
 * belongs to it is not known, and others may still need it.
 */
export async function deleteObject(
  context: ClientContext,
  input: DeleteObjectCommandInput,
  options: SendOptions,
): Promise<DeleteObjectCommandOutput> {
  const output = await context.s3.send(new DeleteObjectCommand(input), httpOptions(options));
  if (!context.instructionFiles.delete || input.VersionId !== undefined) return output;
  const { Bucket, Key, ExpectedBucketOwner } = input;
  await deleteInstructionFile(
    context,
    { Bucket, Key, ExpectedBucketOwner },
    httpOptions(options),
    options.instructionFileSuffix,
  );
  return output;
}

/** As deleteObject, for many. What fails of the instruction files is among `Errors`, under their own keys. */
export async function deleteObjects(
  context: ClientContext,
  input: DeleteObjectsCommandInput,
  options: SendOptions,
): Promise<DeleteObjectsCommandOutput> {
  const output = await context.s3.send(new DeleteObjectsCommand(input), httpOptions(options));
  const files = (input.Delete?.Objects ?? [])
    .filter(({ VersionId }) => VersionId === undefined)
    .map(({ Key }) => ({ Key: instructionKey(Key, options.instructionFileSuffix) }));
  if (!context.instructionFiles.delete) return output;
  const errors = [...(output.Errors ?? [])];
  for (let at = 0; at < files.length; at += MAX_KEYS) {
    const Delete = { Objects: files.slice(at, at + MAX_KEYS), Quiet: true };
    const { Bucket, ExpectedBucketOwner, BypassGovernanceRetention, MFA, RequestPayer, ChecksumAlgorithm } =
      input;
    const { Errors = [] } = await context.s3.send(
      new DeleteObjectsCommand({
        Bucket,
        ExpectedBucketOwner,
        BypassGovernanceRetention,
        MFA,
        RequestPayer,
        ChecksumAlgorithm,
        Delete,
      }),
      httpOptions(options),
    );
    errors.push(...Errors);
  }
  return errors.length === 0 ? output : { ...output, Errors: errors };
}

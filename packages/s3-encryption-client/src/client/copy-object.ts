import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  type CopyObjectCommandOutput,
  HeadObjectCommand,
} from "@aws-sdk/client-s3";
import { MissingInstructionFileError, S3EncryptionClientError, UsageError } from "../errors.ts";
import { RESERVED_NAMES } from "../format/metadata-names.ts";
import { type ObjectEnvelope, parseObjectMetadata } from "../format/parse-envelope.ts";
import type { ClientContext } from "./client-options.ts";
import { instructionKey, isNotFound } from "./instruction-files.ts";
import { httpOptions, type SendOptions } from "./send-options.ts";
import { mergeMetadata } from "./user-metadata.ts";
import { isConditional, writeBoth } from "./write-order.ts";

interface CopySource {
  readonly bucket: string;
  readonly objectKey: string;
  readonly versionId: string | undefined;
}

/**
 * Ciphertext is bound to no name, so a copy stays readable as long as its keys go with it: replaced metadata keeps them, and
 * an instruction file is copied before its object.
 */
export async function copyObject(
  context: ClientContext,
  input: CopyObjectCommandInput,
  options: SendOptions,
): Promise<CopyObjectCommandOutput> {
  const source = parseCopySource(input.CopySource);
  const { Metadata: metadata = {} } = await context.s3.send(
    new HeadObjectCommand({
      Bucket: source.bucket,
      Key: source.objectKey,
      VersionId: source.versionId,
      ExpectedBucketOwner: input.ExpectedSourceBucketOwner,
      RequestPayer: input.RequestPayer,
      SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
      SSECustomerKey: input.CopySourceSSECustomerKey,
      SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
    }),
    httpOptions(options),
  );
  const kind = kindOf(metadata);
  const isApart = kind !== "whole" && context.instructionFiles.copy;
  return writeBoth(
    isApart ? () => copyInstructionFile(context, input, source, kind, options) : null,
    () => context.s3.send(new CopyObjectCommand(withKeys(input, metadata, kind)), httpOptions(options)),
    isConditional(input),
  );
}

/** Replaced metadata would lose the keys, or their half, that are in the source's. */
function withKeys(
  input: CopyObjectCommandInput,
  metadata: Readonly<Record<string, string>>,
  kind: ObjectEnvelope["kind"],
): CopyObjectCommandInput {
  if (input.MetadataDirective !== "REPLACE" || kind === "absent") return input;
  const kept = Object.entries(metadata).filter(([name]) => RESERVED_NAMES.has(name.toLowerCase()));
  return { ...input, Metadata: mergeMetadata(input.Metadata, Object.fromEntries(kept)) };
}

function kindOf(metadata: Readonly<Record<string, string>>): ObjectEnvelope["kind"] {
  try {
    return parseObjectMetadata(metadata).kind;
  } catch (error) {
    // What cannot be read can be copied: reading the copy fails as reading the source does.
    if (error instanceof S3EncryptionClientError) return "whole";
    throw error;
  }
}

async function copyInstructionFile(
  { s3 }: ClientContext,
  input: CopyObjectCommandInput,
  source: CopySource,
  kind: ObjectEnvelope["kind"],
  options: SendOptions,
): Promise<void> {
  const fileKey = instructionKey(source.objectKey, options.instructionFileSuffix);
  const {
    MetadataDirective: _directive,
    Metadata: _metadata,
    CopySourceIfMatch: _match,
    CopySourceIfNoneMatch: _noneMatch,
    CopySourceIfModifiedSince: _modified,
    CopySourceIfUnmodifiedSince: _unmodified,
    IfMatch: _ifMatch,
    IfNoneMatch: _ifNoneMatch,
    ...shared
  } = input;
  try {
    await s3.send(
      new CopyObjectCommand({
        ...shared,
        CopySource: `${source.bucket}/${fileKey.split("/").map(encodeURIComponent).join("/")}`,
        Key: instructionKey(input.Key, options.instructionFileSuffix),
      }),
      httpOptions(options),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // An object without any envelope and without an instruction file is not encrypted: there is nothing to carry along.
    if (kind === "split")
      throw new MissingInstructionFileError("The object's instruction file is not there to be copied", error);
  }
}

function parseCopySource(copySource: string | undefined): CopySource {
  const [path = "", query = ""] = (copySource ?? "").split("?versionId=");
  const [, bucket, encodedKey] = /^\/?([^/]+)\/(.+)$/s.exec(path) ?? [];
  if (bucket === undefined || encodedKey === undefined)
    throw new UsageError("CopySource is bucket/key, URL-encoded");
  return { bucket, objectKey: decode(encodedKey), versionId: query === "" ? undefined : query };
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new UsageError("CopySource is not URL-encoded");
  }
}

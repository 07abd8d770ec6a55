import type { GetObjectCommandInput } from "@aws-sdk/client-s3";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { verifyCommitment } from "../content/key-commitment.ts";
import {
  CommitmentPolicyError,
  ConfigurationError,
  KeyringError,
  S3EncryptionClientError,
  UsageError,
} from "../errors.ts";
import { COMMITTING_GCM_SUITE } from "../format/algorithm-suites.ts";
import type { Envelope } from "../format/envelope.ts";
import { equalTextMaps, type TextMap } from "../format/metadata-text.ts";
import { printToInstructionFile } from "../format/print-envelope.ts";
import { canEncrypt, type EncryptionKeyring, type GeneratedDataKey } from "../keyrings/keyring.ts";
import { requireStorable } from "../object/begin-encryption.ts";
import { requireReadable, unwrapDataKey } from "../object/reading-rules.ts";
import type { ClientContext } from "./client-options.ts";
import { findEnvelope } from "./find-envelope.ts";
import { instructionKey, type SharedPutInput, writeInstructionFile } from "./instruction-files.ts";
import type { HttpOptions } from "./send-options.ts";

export interface ReEncryptInstructionFileRequest
  extends Pick<GetObjectCommandInput, "ExpectedBucketOwner" | "RequestPayer"> {
  readonly Bucket: string;
  readonly Key: string;
  /** Wraps the data key anew. An AES or RSA keyring needs another materialsDescription than the object's. */
  readonly newKeyring: EncryptionKeyring;
  /** Where the new instruction file goes, dot included: another suffix shares the object with another key holder. Default: in place. */
  readonly instructionFileSuffix?: string;
  /** Refuse when the client's own keyring still opens the result: the key was not really changed. Default false. */
  readonly enforceRotation?: boolean;
  /** The pairs the object was stored with, under a KMS keyring; the new wrapping gets them too. */
  readonly encryptionContext?: TextMap;
  /** How the new instruction file is to be stored: who may read it, how it rests. */
  readonly put?: Omit<SharedPutInput, "Bucket" | "Key">;
}

export interface ReEncryptInstructionFileResult {
  readonly Bucket: string;
  /** The key of the instruction file that was written. */
  readonly InstructionFileKey: string;
  readonly enforceRotation: boolean;
}

/**
 * Wraps an object's data key with another key and writes its instruction file. Content, message id and commitment stay as
 * they are. Not possible where the keys are in the object's metadata.
 */
export async function reEncryptInstructionFile(
  context: ClientContext,
  request: ReEncryptInstructionFileRequest,
  http: HttpOptions,
): Promise<ReEncryptInstructionFileResult> {
  if (!context.instructionFiles.write)
    throw new ConfigurationError("instructionFiles.write is off, so no instruction file may be written anew");
  if (!canEncrypt(request.newKeyring)) throw new KeyringError("newKeyring cannot wrap data keys");
  const { Bucket, Key, ExpectedBucketOwner, RequestPayer, encryptionContext = {} } = request;
  const target = { Bucket, Key, ExpectedBucketOwner, RequestPayer };
  const { Metadata } = await context.s3.send(new HeadObjectCommand(target), http);
  const { envelope, location } = await findEnvelope(context, target, Metadata, http);
  if (location !== "instruction-file")
    throw new UsageError("The object's keys are in its metadata: it has no instruction file");
  requireSuite(context, envelope);
  const { dataKey, isSubstitute } = await unwrapDataKey(envelope, context.reading, encryptionContext);
  try {
    if (isSubstitute === true) throw new UsageError("The object's data key did not unwrap");
    if (envelope.formatVersion === 3) await verifyCommitment(dataKey, envelope);
    const { contentAlgorithm } = envelope.suite;
    const wrapped = await request.newKeyring.generateDataKey({
      contentAlgorithm,
      encryptionContext,
      dataKey,
    });
    wrapped.dataKey.fill(0);
    const rewrapped = rewrap(envelope, wrapped);
    if (request.enforceRotation === true) await refuseOldKey(context, rewrapped, encryptionContext);
    const text = printToInstructionFile(rewrapped).instructionFile ?? "";
    await writeInstructionFile(
      context,
      { ...request.put, ...target },
      text,
      http,
      request.instructionFileSuffix,
    );
  } finally {
    dataKey.fill(0);
  }
  const InstructionFileKey = instructionKey(Key, request.instructionFileSuffix);
  return { Bucket, InstructionFileKey, enforceRotation: request.enforceRotation === true };
}

/** What a client writes with must be what the object is written with, except for AES-CBC, which nobody writes. */
function requireSuite(context: ClientContext, { suite, ...envelope }: Envelope): void {
  const { reading, writing } = context;
  requireReadable({ suite, ...envelope } as Envelope, reading);
  if (!suite.isAuthenticated) {
    if (reading.commitmentPolicy === "REQUIRE_ENCRYPT_REQUIRE_DECRYPT") throw new CommitmentPolicyError();
    return;
  }
  if (suite.name === writing.suite.name) return;
  throw new ConfigurationError(
    suite.name === COMMITTING_GCM_SUITE.name
      ? "The object commits to its key: use a client with a REQUIRE_ENCRYPT_… policy and the committing algorithm"
      : "The object does not commit to its key: use a client with FORBID_ENCRYPT_ALLOW_DECRYPT and ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
  );
}

function rewrap(envelope: Envelope, wrapped: GeneratedDataKey): Envelope {
  requireStorable({ ...wrapped, dataKey: new Uint8Array(32) }, envelope.suite);
  const { wrappingAlgorithm, encryptedDataKey, storedContext, otherRecipients = [] } = wrapped;
  if (wrappingAlgorithm !== "kms+context" && equalTextMaps(storedContext, envelope.storedContext))
    throw new UsageError(
      "newKeyring must have another materialsDescription than the object's, or readers cannot tell the keys apart",
    );
  const fields = { wrappingAlgorithm, encryptedDataKey, storedContext, otherRecipients };
  // Format 1 has no place for the bound wrappings: it becomes format 2, with the same content.
  return envelope.formatVersion === 3
    ? { ...envelope, ...fields }
    : { ...envelope, ...fields, formatVersion: 2 };
}

async function refuseOldKey(
  context: ClientContext,
  rewrapped: Envelope,
  encryptionContext: TextMap,
): Promise<void> {
  try {
    const { dataKey, isSubstitute } = await unwrapDataKey(rewrapped, context.reading, encryptionContext);
    dataKey.fill(0);
    if (isSubstitute === true) return;
  } catch (error) {
    if (error instanceof S3EncryptionClientError) return;
    throw error;
  }
  throw new UsageError(
    "The key was not rotated: the client's own keyring still opens the new instruction file",
  );
}

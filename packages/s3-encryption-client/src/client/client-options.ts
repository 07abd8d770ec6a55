import type { S3Client } from "@aws-sdk/client-s3";
import { ConfigurationError } from "../errors.ts";
import type { AlgorithmSuite, EncryptionAlgorithm } from "../format/algorithm-suites.ts";
import { COMMITTING_GCM_SUITE } from "../format/algorithm-suites.ts";
import {
  canDecrypt,
  canEncrypt,
  type DecryptionKeyring,
  type EncryptionKeyring,
} from "../keyrings/keyring.ts";
import type { WritingRules } from "../object/begin-encryption.ts";
import { type CommitmentPolicy, type ReadingRules, requireSuite } from "../object/reading-rules.ts";
import type { BufferRules } from "../object/release-plaintext.ts";

/** How to answer a GET with a Range. See the README on what each costs. */
export type RangedGets = "refuse" | "authenticated" | "unauthenticated";

/** What it takes to read an object, with a client or without one. */
export interface ReadingOptions {
  /** Either half of a Keyring will do for a client that only writes or only reads. */
  readonly keyring: EncryptionKeyring | DecryptionKeyring;
  /** Default REQUIRE_ENCRYPT_REQUIRE_DECRYPT: only objects with key commitment are written and read. */
  readonly commitmentPolicy?: CommitmentPolicy;
  /** Read AES-CBC content, which nothing authenticates. Default false. */
  readonly enableLegacyUnauthenticatedModes?: boolean;
  /** Release plaintext before it is verified; a changed object then fails at its end. Default false. */
  readonly enableDelayedAuthentication?: boolean;
  /** The most bytes of ciphertext that are held until they are verified. Default 64 MiB. */
  readonly bufferSizeBytes?: number;
  /** Look for a wrapping among those of MultiRecipientKeyring, which only this library writes. Default false. */
  readonly enableMultipleRecipients?: boolean;
}

/** What it takes to write an object. */
export interface WritingOptions {
  readonly keyring: EncryptionKeyring | DecryptionKeyring;
  readonly commitmentPolicy?: CommitmentPolicy;
  /** Default ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY; FORBID_ENCRYPT_ALLOW_DECRYPT needs the other one. */
  readonly encryptionAlgorithm?: EncryptionAlgorithm;
}

export interface InstructionFileOptions {
  /** Write the keys of objects to a second object beside them instead of into their metadata. Default false. */
  readonly write?: boolean;
  /** Look for an instruction file when an object's metadata has no keys. Default true. */
  readonly read?: boolean;
  /** Delete instruction files together with their objects. Default true. */
  readonly delete?: boolean;
  /** Copy instruction files together with their objects. Default true. */
  readonly copy?: boolean;
}

export interface S3EncryptionClientOptions extends ReadingOptions, WritingOptions {
  /** Sends the requests. It stays usable by itself, and sees ciphertext. */
  readonly client: S3Client;
  /** Default "refuse". */
  readonly rangedGets?: RangedGets;
  readonly instructionFiles?: InstructionFileOptions;
  /**
   * Sign the SHA-256 of every body, as the SDK does with bytes. Default false: over TLS, Node.js sends bodies as the SDK sends streams,
   * with CRC-32 in a trailer. For policies that demand it, and for services that know no trailers.
   */
  readonly signPayloads?: boolean;
}

/** What a client was made with, checked and complete. */
export interface ClientContext {
  readonly s3: S3Client;
  readonly reading: ReadingRules;
  readonly writing: WritingRules;
  readonly buffering: BufferRules;
  readonly rangedGets: RangedGets;
  readonly instructionFiles: Readonly<Required<InstructionFileOptions>>;
  readonly signPayloads: boolean;
}

const DEFAULT_POLICY: CommitmentPolicy = "REQUIRE_ENCRYPT_REQUIRE_DECRYPT";
const DEFAULT_BUFFER_BYTES = 64 * 1024 * 1024;
const MIN_BUFFER_BYTES = 16;
const MAX_BUFFER_BYTES = COMMITTING_GCM_SUITE.maxPlaintextBytes;

/** Throws ConfigurationError. */
export function resolveClient(options: S3EncryptionClientOptions): ClientContext {
  if (typeof options.client?.send !== "function") throw new ConfigurationError("client must be an S3Client");
  const { write = false, read = true, delete: deletes = true, copy = true } = options.instructionFiles ?? {};
  if (write && !read)
    throw new ConfigurationError(
      "instructionFiles.write needs instructionFiles.read: nothing could be read back",
    );
  const rangedGets = options.rangedGets ?? "refuse";
  requireRangedGets(rangedGets);
  return Object.freeze({
    s3: options.client,
    reading: resolveReading(options),
    writing: resolveWriting(options),
    buffering: resolveBuffering(options),
    rangedGets,
    instructionFiles: Object.freeze({ write, read, delete: deletes, copy }),
    signPayloads: options.signPayloads === true,
  });
}

/** Throws ConfigurationError for a word that is none of the three. */
export function requireRangedGets(rangedGets: RangedGets): void {
  if (!["refuse", "authenticated", "unauthenticated"].includes(rangedGets))
    throw new ConfigurationError('rangedGets is "refuse", "authenticated" or "unauthenticated"');
}

/** Throws ConfigurationError. */
export function resolveReading(options: ReadingOptions): ReadingRules {
  requireKeyring(options.keyring);
  const commitmentPolicy = options.commitmentPolicy ?? DEFAULT_POLICY;
  return Object.freeze({
    keyring: options.keyring,
    commitmentPolicy,
    enableLegacyUnauthenticatedModes: options.enableLegacyUnauthenticatedModes === true,
    enableMultipleRecipients: options.enableMultipleRecipients === true,
  });
}

/** Throws ConfigurationError. */
export function resolveWriting(options: WritingOptions): WritingRules {
  requireKeyring(options.keyring);
  return Object.freeze({ keyring: options.keyring, suite: resolveSuite(options) });
}

function resolveSuite({ commitmentPolicy, encryptionAlgorithm }: WritingOptions): AlgorithmSuite {
  return requireSuite(
    commitmentPolicy ?? DEFAULT_POLICY,
    encryptionAlgorithm ?? (COMMITTING_GCM_SUITE.name as EncryptionAlgorithm),
  );
}

/** Throws ConfigurationError. */
export function resolveBuffering(options: ReadingOptions): BufferRules {
  const { bufferSizeBytes, enableDelayedAuthentication = false } = options;
  if (bufferSizeBytes !== undefined && enableDelayedAuthentication)
    throw new ConfigurationError(
      "bufferSizeBytes means nothing with enableDelayedAuthentication: set one of them",
    );
  const size = bufferSizeBytes ?? DEFAULT_BUFFER_BYTES;
  if (!Number.isInteger(size) || size < MIN_BUFFER_BYTES || size > MAX_BUFFER_BYTES)
    throw new ConfigurationError(
      `bufferSizeBytes is a whole number from ${MIN_BUFFER_BYTES} to ${MAX_BUFFER_BYTES}`,
    );
  return Object.freeze({ enableDelayedAuthentication, bufferSizeBytes: size });
}

function requireKeyring(keyring: Partial<EncryptionKeyring & DecryptionKeyring> | undefined): void {
  if (keyring === undefined || keyring === null || !(canEncrypt(keyring) || canDecrypt(keyring)))
    throw new ConfigurationError("keyring must have generateDataKey, decryptDataKey, or both");
}

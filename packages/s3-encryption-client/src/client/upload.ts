import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Bytes } from "../bytes.ts";
import { ConfigurationError, UsageError } from "../errors.ts";
import { ciphertextSize } from "../format/algorithm-suites.ts";
import type { TextMap } from "../format/metadata-text.ts";
import { beginEncryption } from "../object/begin-encryption.ts";
import { encryptStream } from "../object/encrypt-content.ts";
import { withHeldBody } from "./attach-pieces.ts";
import type { ClientContext } from "./client-options.ts";
import { cutIntoParts } from "./cut-into-parts.ts";
import { writeInstructionFile } from "./instruction-files.ts";
import { refusePlaintextDigests } from "./plaintext-digests.ts";
import { printEnvelope } from "./printed-envelope.ts";
import { knownSize, readBody } from "./read-body.ts";
import { contextOf, type S3EncryptionClient } from "./s3-encryption-client.ts";
import { mergeMetadata } from "./user-metadata.ts";
import { isConditional, writeBoth } from "./write-order.ts";

const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

export interface UploadOptions {
  readonly client: S3EncryptionClient;
  /** As for PutObject. `Body` may be a stream of unknown length. */
  readonly params: PutObjectCommandInput;
  readonly encryptionContext?: TextMap;
  /** Of a part, at least 5 MiB, the default. Raised by itself when a body of known length would need over 10 000 parts. */
  readonly partSize?: number;
  /** Parts on their way at once. Default 4. Memory is about partSize times queueSize + 1. */
  readonly queueSize?: number;
  /** Leave the parts of an upload that failed. They cannot be gone on with: the encryption ends with this object. Default false. */
  readonly leavePartsOnError?: boolean;
  readonly abortController?: AbortController;
}

/** In bytes of ciphertext. */
export interface UploadProgress {
  readonly loaded: number;
  readonly total: number | undefined;
  readonly part: number;
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
}

/** An object but for its content. */
interface PreparedObject {
  readonly Metadata: Record<string, string>;
  readonly instructionFile: string | null;
}

/** What is the same for all parts. */
interface PartTarget {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly UploadId: string | undefined;
  readonly ChecksumAlgorithm: PutObjectCommandInput["ChecksumAlgorithm"];
}

type ProgressListener = (progress: UploadProgress) => void;

/**
 * Puts a body of any length as `Upload` of `@aws-sdk/lib-storage` does: one encryption runs through it, its parts are sent in
 * parallel, from memory, so that retries send the same ciphertext. A body that fits into one part is put at once.
 */
export class Upload {
  readonly #options: UploadOptions;
  readonly #context: ClientContext;
  readonly #partBytes: number;
  readonly #queueSize: number;
  readonly #abort = new AbortController();
  readonly #abortSignal: AbortSignal;
  readonly #listeners = new Set<ProgressListener>();
  #loaded = 0;
  #total: number | undefined;
  #isStarted = false;

  /** Throws ConfigurationError and UsageError. */
  constructor(options: UploadOptions) {
    const { partSize = MIN_PART_BYTES, queueSize = 4, params } = options;
    if (!Number.isSafeInteger(partSize) || partSize < MIN_PART_BYTES)
      throw new ConfigurationError(`partSize is at least ${MIN_PART_BYTES}`);
    if (!Number.isSafeInteger(queueSize) || queueSize < 1)
      throw new ConfigurationError("queueSize is at least 1");
    refusePlaintextDigests(params);
    this.#options = options;
    this.#context = contextOf(options.client);
    const size = knownSize(params.Body) ?? params.ContentLength;
    this.#total = size === undefined ? undefined : ciphertextSize(this.#context.writing.suite, size);
    this.#partBytes = Math.max(partSize, Math.ceil((this.#total ?? 0) / MAX_PARTS));
    this.#queueSize = queueSize;
    const outer = options.abortController?.signal;
    this.#abortSignal =
      outer === undefined ? this.#abort.signal : AbortSignal.any([this.#abort.signal, outer]);
  }

  on(_event: "httpUploadProgress", listener: ProgressListener): this {
    this.#listeners.add(listener);
    return this;
  }

  off(_event: "httpUploadProgress", listener: ProgressListener): this {
    this.#listeners.delete(listener);
    return this;
  }

  /** Ends what is under way; `done` then rejects. */
  async abort(): Promise<void> {
    this.#abort.abort();
  }

  /** Uploads everything. May be called once. */
  async done(): Promise<CompleteMultipartUploadCommandOutput> {
    if (this.#isStarted) throw new UsageError("An upload runs once: make a new Upload");
    this.#isStarted = true;
    const { params } = this.#options;
    const { writing, buffering } = this.#context;
    // What fits into the buffer may be held whole: browsers encrypt that several times faster than a stream.
    const isHeld = (this.#total ?? Number.POSITIVE_INFINITY) <= buffering.bufferSizeBytes;
    const mode = isHeld ? "whole" : "streamed";
    const encryption = await beginEncryption(writing, this.#options.encryptionContext ?? {}, mode);
    const printed = printEnvelope(this.#context, encryption.envelope);
    const Metadata = mergeMetadata(params.Metadata, printed.objectMetadata);
    const size = knownSize(params.Body) ?? params.ContentLength ?? null;
    const parts = cutIntoParts(encryptStream(encryption, readBody(params.Body), size), this.#partBytes);
    try {
      const first = await parts.next();
      if (first.done === true) throw new UsageError("The encryption gave nothing to send");
      const only = first.value.length < this.#partBytes;
      return only
        ? await this.#putAtOnce({ ...printed, Metadata }, first.value)
        : await this.#putParts({ ...printed, Metadata }, first.value, parts);
    } finally {
      await parts.return(undefined);
    }
  }

  async #putAtOnce(
    { Metadata, instructionFile }: PreparedObject,
    Body: Bytes,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    const { params } = this.#options;
    this.#total = Body.length;
    const command = await withHeldBody(
      this.#context,
      params,
      Body,
      (body) => new PutObjectCommand({ ...params, Metadata, ...body }),
    );
    const abortSignal = this.#abortSignal;
    const output = await this.#write(instructionFile, () => this.#context.s3.send(command, { abortSignal }));
    this.#report(Body.length, 1);
    return { ...output, Bucket: params.Bucket, Key: params.Key };
  }

  async #putParts(
    { Metadata, instructionFile }: PreparedObject,
    first: Bytes,
    rest: AsyncGenerator<Bytes>,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    const { s3 } = this.#context;
    const { Body: _body, ContentLength: _length, IfMatch, IfNoneMatch, ...params } = this.#options.params;
    const target = { Bucket: params.Bucket, Key: params.Key, ...pickCustomerKey(params) };
    const abortSignal = this.#abortSignal;
    const ChecksumAlgorithm = await this.#checksumAlgorithm();
    const create = new CreateMultipartUploadCommand({ ...params, Metadata, ChecksumAlgorithm });
    const { UploadId } = await s3.send(create, { abortSignal });
    try {
      const Parts = await this.#sendParts({ ...target, UploadId, ChecksumAlgorithm }, first, rest);
      abortSignal.throwIfAborted();
      const complete = { ...target, UploadId, IfMatch, IfNoneMatch, MultipartUpload: { Parts } };
      return await this.#write(instructionFile, () =>
        s3.send(new CompleteMultipartUploadCommand(complete), { abortSignal }),
      );
    } catch (error) {
      if (this.#options.leavePartsOnError !== true) {
        const { Bucket, Key } = target;
        // The first failure is the one to tell about; parts that stay behind are swept by the bucket's lifecycle rules.
        await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => undefined);
      }
      throw error;
    }
  }

  /** The last step: the object appears, together with its instruction file. */
  #write<Output>(instructionFile: string | null, writeObject: () => Promise<Output>): Promise<Output> {
    const { params } = this.#options;
    const http = { abortSignal: this.#abortSignal };
    const writeFile =
      instructionFile === null
        ? null
        : () => writeInstructionFile(this.#context, params, instructionFile, http);
    return writeBoth(writeFile, writeObject, isConditional(params));
  }

  /** Encrypts on while at most `queueSize` parts are on their way. */
  async #sendParts(target: PartTarget, first: Bytes, rest: AsyncGenerator<Bytes>): Promise<CompletedPart[]> {
    const sent: Promise<CompletedPart>[] = [];
    const running = new Set<Promise<unknown>>();
    let body: Bytes | undefined = first;
    try {
      for (let partNumber = 1; body !== undefined; partNumber++) {
        if (partNumber > MAX_PARTS)
          throw new UsageError(`S3 takes ${MAX_PARTS} parts at most: raise partSize`);
        this.#abortSignal.throwIfAborted();
        const part = this.#sendPart(target, partNumber, body);
        sent.push(part);
        running.add(part);
        part.then(
          () => running.delete(part),
          () => undefined,
        );
        // A part that failed stays in the set, so this throws as soon as one has.
        if (running.size >= this.#queueSize) await Promise.race(running);
        const next: IteratorResult<Bytes> = await rest.next();
        body = next.done === true ? undefined : next.value;
      }
      return await Promise.all(sent);
    } catch (error) {
      this.#abort.abort();
      await Promise.allSettled(sent);
      throw error;
    }
  }

  async #sendPart(target: PartTarget, PartNumber: number, Body: Bytes): Promise<CompletedPart> {
    const command = await withHeldBody(
      this.#context,
      target,
      Body,
      (body) => new UploadPartCommand({ ...target, PartNumber, ...body }),
    );
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } =
      await this.#context.s3.send(command, { abortSignal: this.#abortSignal });
    this.#report(Body.length, PartNumber);
    return {
      PartNumber,
      ETag,
      ChecksumCRC32,
      ChecksumCRC32C,
      ChecksumCRC64NVME,
      ChecksumSHA1,
      ChecksumSHA256,
    };
  }

  /** The SDK sums every part unless told not to; S3 takes the sums on completion only when it was told of them at the start. */
  async #checksumAlgorithm(): Promise<PutObjectCommandInput["ChecksumAlgorithm"]> {
    const { ChecksumAlgorithm } = this.#options.params;
    const isSummed = (await this.#context.s3.config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
    return ChecksumAlgorithm ?? (isSummed ? "CRC32" : undefined);
  }

  #report(bytes: number, part: number): void {
    this.#loaded += bytes;
    const { Bucket, Key } = this.#options.params;
    const progress = { loaded: this.#loaded, total: this.#total, part, Bucket, Key };
    for (const listener of this.#listeners) listener(progress);
  }
}

function pickCustomerKey({
  SSECustomerAlgorithm,
  SSECustomerKey,
  SSECustomerKeyMD5,
  ...rest
}: PutObjectCommandInput): object {
  const { ExpectedBucketOwner, RequestPayer } = rest;
  return { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5, ExpectedBucketOwner, RequestPayer };
}

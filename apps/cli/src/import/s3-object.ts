import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { CHECKSUM_ALGORITHMS, checksumElementName } from "@strongroom/wire";
import { ImportError } from "./import-error.ts";
import type {
  OpenedPart,
  SourceChecksum,
  SourceLock,
  SourceObject,
  SourceVersion,
  SystemHeaders,
} from "./import-source.ts";
import { guessPartSizes } from "./part-layout.ts";
import { statusOf } from "./s3-answers.ts";

type Answer = HeadObjectCommandOutput | GetObjectCommandOutput;
interface Customer {
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
}
interface Target {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}

const MAX_SINGLE_BYTES = 5 * 1024 ** 3;
const PART_BYTES_BEYOND = 1024 ** 3;

/** Reads objects of an S3 endpoint. */
export class S3ObjectReader {
  readonly #client: S3Client;
  /** Ways to ask, the one that worked last first. */
  #ways: readonly Customer[];

  constructor(client: S3Client, customerKeys: readonly Uint8Array[]) {
    this.#client = client;
    const keyed = customerKeys.map((key) => ({
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: Buffer.from(key).toString("base64"),
    }));
    this.#ways = [{}, ...keyed];
  }

  async open(Bucket: string, version: SourceVersion): Promise<SourceObject> {
    const { objectKey: Key, versionId, etag, sizeBytes } = version;
    const target: Target = { Bucket, Key, ...(versionId === null ? {} : { VersionId: versionId }) };
    const partCount = Number(/^[^-]+-(\d{1,5})$/.exec(etag)?.[1] ?? 0);
    return partCount === 0 && sizeBytes <= MAX_SINGLE_BYTES
      ? await this.#openWhole(target)
      : await this.#openParts(target, partCount);
  }

  async #openWhole(target: Target): Promise<SourceObject> {
    const [first, way] = await this.#ask((customer) =>
      this.#client.send(new GetObjectCommand({ ...target, ...customer, ChecksumMode: "ENABLED" })),
    );
    const again = (): Promise<GetObjectCommandOutput> =>
      this.#client.send(new GetObjectCommand({ ...target, ...way, ...sameAs(first) }));
    const part = new HeldPart(first, again);
    return {
      ...(await this.#describe(target, first)),
      isMultipart: false,
      isLayoutGuessed: false,
      parts: [part],
      close: () => part.close(),
    };
  }

  async #openParts(target: Target, partCount: number): Promise<SourceObject> {
    const [head, way] = await this.#ask((customer) =>
      this.#client.send(new HeadObjectCommand({ ...target, ...customer, ChecksumMode: "ENABLED" })),
    );
    const get = (which: { PartNumber: number } | { Range: string }): Promise<GetObjectCommandOutput> =>
      this.#client.send(new GetObjectCommand({ ...target, ...way, ...sameAs(head), ...which }));
    const described = await this.#describe(target, head);
    const totalBytes = head.ContentLength ?? 0;
    const first = partCount === 0 ? null : await get({ PartNumber: 1 });
    if (first !== null && first.PartsCount === partCount) {
      const held = new HeldPart(first, () => get({ PartNumber: 1 }));
      const others = Array.from({ length: partCount - 1 }, (_, at) => ({
        open: async () => opened(await get({ PartNumber: at + 2 })),
      }));
      return {
        ...described,
        isMultipart: true,
        isLayoutGuessed: false,
        parts: [held, ...others],
        close: () => held.close(),
      };
    }
    // The source does not tell its parts, or the object is larger than one PUT may be.
    discard(first);
    const sizes = partCount === 0 ? split(totalBytes) : guessPartSizes(totalBytes, partCount);
    let start = 0;
    const parts = sizes.map((size) => {
      const range = `bytes=${start}-${start + size - 1}`;
      start += size;
      return { open: async () => opened(await get({ Range: range })) };
    });
    return { ...described, isMultipart: true, isLayoutGuessed: true, parts, close: () => {} };
  }

  /** Tries each customer's key where the plain way is refused. */
  async #ask<T>(send: (customer: Customer) => Promise<T>): Promise<readonly [T, Customer]> {
    let refusal: unknown = null;
    for (const way of this.#ways) {
      try {
        const answer = await send(way);
        if (this.#ways[0] !== way) this.#ways = [way, ...this.#ways.filter((other) => other !== way)];
        return [answer, way];
      } catch (error) {
        const isKeyRefused = [400, 403].includes(statusOf(error) ?? 0);
        if (!isKeyRefused) throw error;
        refusal = error;
      }
    }
    const hasKeys = this.#ways.length > 1;
    if (!hasKeys && statusOf(refusal) === 403) throw refusal;
    throw new ImportError(
      "KeyNeeded",
      "denied",
      hasKeys
        ? "the source refuses the object with each given customer's key and without one"
        : "the source refuses the object without a customer's key (SSE-C), or as a whole",
      { next: "give the key with --from-customer-key FILE" },
      refusal,
    );
  }

  async #describe(target: Target, answer: Answer) {
    const isOpaque =
      answer.SSECustomerAlgorithm !== undefined || (answer.ServerSideEncryption ?? "").startsWith("aws:kms");
    const etag = (answer.ETag ?? "").replaceAll('"', "");
    return {
      headers: headersOf(answer),
      userMetadata: answer.Metadata ?? {},
      tags: (answer.TagCount ?? 0) > 0 ? await this.#readTags(target) : [],
      lock: lockOf(answer),
      checksum: checksumOf(answer),
      contentEtag: isOpaque || !/^[0-9a-f]{32}(?:-\d+)?$/.test(etag) ? null : etag,
    };
  }

  async #readTags(target: Target): Promise<SourceObject["tags"]> {
    const { TagSet = [] } = await this.#client.send(new GetObjectTaggingCommand({ ...target }));
    return TagSet.map(({ Key = "", Value = "" }) => [Key, Value] as const);
  }
}

/** A part whose first answer is at hand already. */
class HeldPart {
  #held: GetObjectCommandOutput | null;
  readonly #again: () => Promise<GetObjectCommandOutput>;

  constructor(held: GetObjectCommandOutput, again: () => Promise<GetObjectCommandOutput>) {
    this.#held = held;
    this.#again = again;
  }

  async open(): Promise<OpenedPart> {
    const held = this.#held;
    this.#held = null;
    return opened(held ?? (await this.#again()));
  }

  close(): void {
    discard(this.#held);
    this.#held = null;
  }
}

function opened({ Body, ContentLength = 0 }: GetObjectCommandOutput): OpenedPart {
  if (Body === undefined || !(Symbol.asyncIterator in Body)) throw new TypeError("the source sent no body");
  return { sizeBytes: ContentLength, body: Body as AsyncIterable<Uint8Array> };
}

function discard(answer: GetObjectCommandOutput | null): void {
  const body = answer?.Body;
  if (body !== undefined && "destroy" in body && typeof body.destroy === "function") body.destroy();
}

/** Later requests are for the same bytes, also where there are no versions. */
const sameAs = ({ ETag }: Answer): { IfMatch?: string } => (ETag === undefined ? {} : { IfMatch: ETag });

function split(totalBytes: number): readonly number[] {
  const sizes: number[] = [];
  for (let rest = totalBytes; rest > 0; rest -= PART_BYTES_BEYOND)
    sizes.push(Math.min(rest, PART_BYTES_BEYOND));
  return sizes;
}

function headersOf(answer: Answer): SystemHeaders {
  const headers = {
    "cache-control": answer.CacheControl,
    "content-disposition": answer.ContentDisposition,
    "content-encoding": answer.ContentEncoding,
    "content-language": answer.ContentLanguage,
    "content-type": answer.ContentType,
    expires: answer.ExpiresString,
    "x-amz-website-redirect-location": answer.WebsiteRedirectLocation,
  };
  return Object.fromEntries(
    Object.entries(headers).filter(([, value]) => value !== undefined && value !== ""),
  );
}

function lockOf(answer: Answer): SourceLock {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = answer;
  const isRetained = (mode === "GOVERNANCE" || mode === "COMPLIANCE") && until !== undefined;
  return {
    retention: isRetained ? { mode, untilMs: until.getTime() } : null,
    isLegalHold: answer.ObjectLockLegalHoldStatus === "ON",
  };
}

function checksumOf(answer: Answer): SourceChecksum | null {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value: unknown = Reflect.get(answer, checksumElementName(algorithm));
    if (typeof value !== "string") continue;
    const [digest = ""] = value.split("-", 1);
    const isComposite = answer.ChecksumType === "COMPOSITE" || value.includes("-");
    return { algorithm, type: isComposite ? "COMPOSITE" : "FULL_OBJECT", value: digest };
  }
  return null;
}

import type { CORSRule, ServerSideEncryptionRule } from "@aws-sdk/client-s3";
import type { ChecksumAlgorithm } from "@strongroom/wire";
import type { ImportError } from "./import-error.ts";

/** One version of an object, as a listing tells of it. */
export interface SourceVersion {
  readonly kind: "object" | "delete-marker";
  readonly objectKey: string;
  /** null: written while its bucket kept no versions. */
  readonly versionId: string | null;
  readonly lastModifiedMs: number;
  readonly sizeBytes: number;
  /** Unquoted, as the source tells it; "" for a delete marker. */
  readonly etag: string;
}

/** All versions of one key, the oldest first. */
export interface SourceKey {
  readonly objectKey: string;
  readonly versions: readonly SourceVersion[];
  /** Why its versions cannot be read, if so; then there are none. */
  readonly failure?: ImportError;
}

/** Header fields that S3 keeps with an object, by their lower-case names. */
export type SystemHeaders = Readonly<Partial<Record<SystemHeaderName, string>>>;

export const SYSTEM_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-website-redirect-location",
] as const;
export type SystemHeaderName = (typeof SYSTEM_HEADERS)[number];

export interface SourceChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
  /** Base64, without the `-N` of composite ones. */
  readonly value: string;
}

export interface SourceLock {
  readonly retention: { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly untilMs: number } | null;
  readonly isLegalHold: boolean;
}

/** The plaintext of one part, from its start. Reading throws in the middle when bytes are damaged. */
export interface OpenedPart {
  readonly sizeBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface SourcePart {
  /** May be called again after a failure. */
  open(): Promise<OpenedPart>;
}

/** An object as it must be written again. */
export interface SourceObject {
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly tags: readonly (readonly [name: string, value: string])[];
  readonly lock: SourceLock;
  readonly checksum: SourceChecksum | null;
  /**
   * MD5 of the content, or MD5 of the parts' MD5s and `-N`; null where the source's ETag says nothing of the content (SSE-C,
   * SSE-KMS).
   */
  readonly contentEtag: string | null;
  /** Whether it was uploaded in parts; then each of `parts` was one. Otherwise there is exactly one. */
  readonly isMultipart: boolean;
  /** The source did not tell where its parts began: the ETag may come out another one, and says nothing of the content. */
  readonly isLayoutGuessed: boolean;
  readonly parts: readonly SourcePart[];
  /** Lets go of what was opened and not read. */
  close(): void;
}

/** What is known of a bucket as a whole. */
export interface SourceBucket {
  readonly name: string;
  readonly versioning: "never" | "enabled" | "suspended";
  readonly hasObjectLock: boolean;
}

/** Settings that are brought over only when asked for. What a bucket has not is null or empty. */
export interface BucketSettings {
  readonly policy: string | null;
  readonly tags: readonly (readonly [name: string, value: string])[];
  readonly cors: readonly CORSRule[];
  readonly encryption: readonly ServerSideEncryptionRule[];
}

/** Where objects come from: an S3 endpoint, or the folders of a MinIO server. */
export interface ImportSource {
  /** For people and for the state file: no secrets. */
  readonly name: string;
  listBuckets(): Promise<readonly string[]>;
  describeBucket(bucket: string): Promise<SourceBucket>;
  readSettings(bucket: string): Promise<BucketSettings>;
  /** Keys in the order of their UTF-8 bytes. With `isCurrentOnly`, each with its current version alone, and none that is deleted. */
  listKeys(bucket: string, prefix: string, isCurrentOnly: boolean): AsyncIterable<SourceKey>;
  /** Throws ImportError or what the source answered; reads no content yet, or little. */
  openObject(bucket: string, version: SourceVersion): Promise<SourceObject>;
  close(): void;
}

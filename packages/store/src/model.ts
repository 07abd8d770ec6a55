import type { ObjectEncryption } from "./encryption/encryption.ts";

/** S3's nouns as the engine knows them. Times are milliseconds since the epoch; ETags are unquoted. */

export const CHECKSUM_ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** Digest bytes of the plaintext. `partCount` is set for COMPOSITE (printed as `base64-N`). */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: Buffer;
  readonly partCount?: number;
}

export type VersioningState = "unversioned" | "enabled" | "suspended";

export type RetentionMode = "GOVERNANCE" | "COMPLIANCE";

/** Until then a version is not removed. A time that has passed protects nothing, and is still told. */
export interface Retention {
  readonly mode: RetentionMode;
  readonly retainUntilMs: number;
}

/** What new versions are retained for where the write says nothing; a year is one of the calendar. */
export interface DefaultRetention {
  readonly mode: RetentionMode;
  readonly unit: "days" | "years";
  readonly count: number;
}

/** Object Lock of a bucket: once there, it stays, and with it versioning. */
export interface BucketObjectLock {
  readonly defaultRetention: DefaultRetention | null;
}

export interface Bucket {
  readonly name: string;
  readonly ownerId: string;
  readonly region: string;
  readonly createdMs: number;
  readonly versioning: VersioningState;
  /** Absent: versions in it cannot be locked. */
  readonly objectLock?: BucketObjectLock;
  /** Bucket subresources by name, as canonical documents the API layer owns (encryption, tagging, …). */
  readonly configuration: Readonly<Record<string, string>>;
}

/** System metadata kept verbatim and answered as response headers. */
export interface ObjectHeaders {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly expires?: string;
  readonly websiteRedirectLocation?: string;
}

export interface ObjectAttributes {
  readonly headers: ObjectHeaders;
  /** User metadata, names without the `x-amz-meta-` prefix, lower case. */
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly storageClass: string;
  /** The access list, as a document that the API layer owns; none: the object is its owner's alone. */
  readonly accessList?: string | null;
  /** Absent or null: none of its own. */
  readonly retention?: Retention | null;
  /** Whether it is held, independently of its retention; absent or null: nobody ever said. */
  readonly legalHold?: boolean | null;
}

export interface StoredVersion extends ObjectAttributes {
  readonly kind: "version";
  readonly objectKey: string;
  /** "null" or an opaque id of 32 letters, digits, dots and underscores. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly modifiedMs: number;
  readonly ownerId: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: Checksum | null;
  readonly encryption: ObjectEncryption;
  /** Number of parts of a multipart object; 0 for one written whole. */
  readonly partCount: number;
  /** An archived version may be read until then; null: it was never restored. */
  readonly restoredUntilMs: number | null;
}

export interface DeleteMarker {
  readonly kind: "delete-marker";
  readonly objectKey: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly modifiedMs: number;
  readonly ownerId: string;
}

export type ObjectVersion = StoredVersion | DeleteMarker;

export interface ObjectPart {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum: Checksum | null;
}

export interface MultipartUpload extends ObjectAttributes {
  readonly objectKey: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
  readonly ownerId: string;
  readonly initiatorId: string;
  readonly encryption: ObjectEncryption;
  /** null: no algorithm was named at creation. */
  readonly checksumAlgorithm: ChecksumAlgorithm | null;
  readonly checksumType: ChecksumType | null;
}

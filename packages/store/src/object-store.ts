import type { EncryptionPlan } from "./encryption/encryption.ts";
import type { RequestKeys } from "./encryption/request-keys.ts";
import type { Announced, EventOrigin, Removal } from "./events/object-event.ts";
import type {
  Bucket,
  BucketObjectLock,
  ChecksumAlgorithm,
  ChecksumType,
  MultipartUpload,
  ObjectAttributes,
  ObjectPart,
  ObjectVersion,
  Retention,
  StoredVersion,
  VersioningState,
} from "./model.ts";

/**
 * The engine: typed S3 semantics without HTTP, names or signatures of its callers already checked.
 * Every method throws `StoreError` with a code of its closed union. A promise that resolved is durable.
 */
export interface ObjectStore {
  createBucket(input: CreateBucketInput): Promise<Bucket>;
  /** Throws NoSuchBucket. */
  requireBucket(bucket: string): Promise<Bucket>;
  listBuckets(input: ListBucketsInput): Promise<ListBucketsPage>;
  /** Throws BucketNotEmpty while any version, marker or upload is left. */
  deleteBucket(bucket: string): Promise<void>;
  /** Throws InvalidBucketState where Object Lock needs it to stay enabled. */
  setVersioning(bucket: string, state: Exclude<VersioningState, "unversioned">): Promise<void>;
  /** Enables Object Lock, for good, and replaces its default. Throws InvalidBucketState unless versioning is enabled. */
  setObjectLock(bucket: string, objectLock: BucketObjectLock): Promise<void>;
  /** Sets one named configuration document (null removes it) without disturbing the others. */
  setBucketConfiguration(bucket: string, name: string, document: string | null): Promise<void>;
  /** As `setBucketConfiguration`, and leaves a test message for each of these targets in the same commit. */
  setNotification(input: SetNotificationInput): Promise<void>;
  /** As `setBucketConfiguration`, where what is set depends on what was; `change` may be asked more than once. */
  changeBucketConfiguration(
    bucket: string,
    name: string,
    change: (before: string | undefined) => string | null,
  ): Promise<void>;

  putObject(input: PutObjectInput): Promise<StoredVersion>;
  /**
   * The named or current version without its data. Throws NoSuchKey, NoSuchVersion, or, for a marker,
   * NoSuchKey / MethodNotAllowed with details `deleteMarker`, `versionId`, `lastModifiedMs`.
   */
  readVersion(input: ObjectSelector): Promise<StoredVersion>;
  /** As `readVersion`, with a function that streams plaintext `[start, end)`; each chunk only after its tag verified. */
  openObject(input: ObjectSelector): Promise<OpenedObject>;
  /** As `readVersion`, with the layout of the parts. */
  describeObject(input: ObjectSelector): Promise<DescribedObject>;
  listParts(input: ListObjectPartsInput): Promise<PartsPage>;
  copyObject(input: CopyObjectInput): Promise<StoredVersion>;
  /** Wraps a version's data keys for another plan without touching data; everything else of it stays. */
  updateEncryption(input: UpdateEncryptionInput): Promise<StoredVersion>;
  deleteObject(input: DeleteObjectInput): Promise<DeleteObjectResult>;
  /** Throws NoSuchKey / NoSuchVersion / MethodNotAllowed (marker). Returns the version id touched. */
  setTags(input: ObjectSelector & Announced, tags: Readonly<Record<string, string>>): Promise<string>;
  /** Replaces the access list of one version (null: its owner's alone); throws and returns as `setTags`. */
  setAccessList(input: ObjectSelector & Announced, accessList: string | null): Promise<string>;
  /** Until when an archived version may be read; throws and returns as `setTags`. */
  setRestored(input: RestoreInput, restoredUntilMs: number): Promise<string>;
  /**
   * Replaces the retention of one version (null: none); throws and returns as `setTags`. Throws InvalidRequest where
   * the bucket has no Object Lock, and ObjectLocked where the present retention would be weakened.
   */
  setRetention(input: SetRetentionInput, retention: Retention | null): Promise<string>;
  /** Throws and returns as `setTags`; InvalidRequest where the bucket has no Object Lock. */
  setLegalHold(input: ObjectSelector, legalHold: boolean): Promise<string>;

  listObjects(input: ListObjectsInput): Promise<ListObjectsPage>;
  listObjectVersions(input: ListObjectVersionsInput): Promise<ListObjectVersionsPage>;

  createMultipartUpload(input: CreateMultipartUploadInput): Promise<MultipartUpload>;
  /** Throws NoSuchUpload. */
  requireUpload(input: UploadSelector): Promise<MultipartUpload>;
  uploadPart(input: UploadPartInput): Promise<ObjectPart>;
  uploadPartCopy(input: UploadPartCopyInput): Promise<ObjectPart>;
  /** Asks the key service where parts' checksums are told: they say something of the data. */
  listUploadParts(input: ListUploadPartsInput): Promise<PartsPage>;
  listMultipartUploads(input: ListMultipartUploadsInput): Promise<ListMultipartUploadsPage>;
  completeMultipartUpload(input: CompleteMultipartUploadInput): Promise<StoredVersion>;
  abortMultipartUpload(input: UploadSelector): Promise<void>;
}

export interface CreateBucketInput {
  readonly bucket: string;
  readonly ownerId: string;
  readonly region: string;
  /** Made with versioning and Object Lock. Default: without. */
  readonly objectLock?: boolean;
  /** Configuration documents it is made with. */
  readonly configuration?: Readonly<Record<string, string>>;
}

export interface SetNotificationInput {
  readonly bucket: string;
  /** Name of the document that holds the configuration. */
  readonly name: string;
  readonly document: string | null;
  readonly testTargets: readonly string[];
  readonly origin: Pick<EventOrigin, "requestId" | "hostId">;
}

export interface ListBucketsInput {
  /** null: everybody's. */
  readonly ownerId: string | null;
  readonly prefix: string;
  /** Exclusive; "" starts at the beginning. */
  readonly after: string;
  readonly limit: number;
}

export interface ListBucketsPage {
  readonly buckets: readonly Bucket[];
  readonly nextAfter: string | null;
}

export interface ObjectSelector {
  readonly bucket: string;
  readonly objectKey: string;
  /** undefined: the current version. */
  readonly versionId?: string | undefined;
  /**
   * For reading the data. Default: none, which suffices for SSE-S3. `readVersion` asks no key service and looks only
   * whether a customer's key, where these are given, is the right one.
   */
  readonly keys?: RequestKeys | undefined;
}

/** What the sender claims about the plaintext; a claim that does not hold stores nothing. */
export interface BodyIntegrity {
  /** Exact length of the plaintext, when declared. Shorter or longer: IncompleteBody. */
  readonly sizeBytes?: number | undefined;
  readonly contentMd5?: Uint8Array | undefined;
  /**
   * The algorithm to store. `expected()` is called after the last byte (a trailer is known only then) and
   * returns the claimed digest, or undefined to store what was computed.
   */
  readonly checksum?:
    | { readonly algorithm: ChecksumAlgorithm; readonly expected: () => Uint8Array | undefined }
    | undefined;
}

/** Checked when the write begins and again inside the commit. ETags unquoted; "*" is any. */
export interface WriteConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export interface PutObjectInput extends ObjectAttributes, Announced {
  readonly bucket: string;
  readonly objectKey: string;
  readonly ownerId: string;
  readonly body: AsyncIterable<Uint8Array>;
  readonly integrity: BodyIntegrity;
  readonly conditions: WriteConditions;
  readonly plan: EncryptionPlan;
  /** For the plan. Default: none, which suffices for SSE-S3. */
  readonly keys?: RequestKeys | undefined;
}

export interface DescribedObject {
  readonly version: StoredVersion;
  /** Byte ranges of each part within the plaintext, in order; one entry for an object written whole. */
  readonly parts: readonly { readonly partNumber: number; readonly start: number; readonly end: number }[];
}

export interface OpenedObject extends DescribedObject {
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /** As `read`, in one piece, for a body that is kept with its record; null for all others. */
  readInline(start: number, end: number): Promise<Uint8Array> | null;
}

export interface ListObjectPartsInput extends ObjectSelector {
  readonly afterPartNumber: number;
  readonly limit: number;
}

export interface PartsPage {
  readonly parts: readonly ObjectPart[];
  readonly nextAfterPartNumber: number | null;
}

/** Data and, unless replaced, attributes of the source; always sealed anew under the target's plan. */
export interface CopyObjectInput extends Announced {
  readonly source: ObjectSelector;
  readonly bucket: string;
  readonly objectKey: string;
  readonly ownerId: string;
  /** undefined: keep the source's. */
  readonly headers?: ObjectAttributes["headers"] | undefined;
  readonly userMetadata?: ObjectAttributes["userMetadata"] | undefined;
  readonly tags?: ObjectAttributes["tags"] | undefined;
  readonly storageClass: string;
  /** Never the source's: a copy is its owner's alone unless it says otherwise. */
  readonly accessList?: ObjectAttributes["accessList"];
  /** Never the source's either. */
  readonly retention?: ObjectAttributes["retention"];
  readonly legalHold?: ObjectAttributes["legalHold"];
  /** undefined: the source's algorithm, else CRC64NVME. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly conditions: WriteConditions;
  readonly plan: EncryptionPlan;
  /** For the plan. Default: none, which suffices for SSE-S3. */
  readonly keys?: RequestKeys | undefined;
  /** Called with the source version once read, before anything is written; throws to refuse (If-Match on source…). */
  readonly checkSource: (source: StoredVersion) => void;
}

/** Another plan for what is stored; `keys` must open the version as it is and seal it as it shall be. */
export interface UpdateEncryptionInput extends ObjectSelector {
  readonly plan: EncryptionPlan;
  /** Called with the version just as the commit requires it to be still; throws to refuse. May be called more than once. */
  readonly check?: (version: StoredVersion) => void;
  /** Key of an empty record that the same commit makes: whoever counts changes finds it though they died before they counted. */
  readonly mark?: Uint8Array;
}

export interface RestoreInput extends ObjectSelector {
  /** Whom a restoration, begun and completed at once, is announced as asked for by. Absent: nobody is told. */
  readonly origin?: EventOrigin | undefined;
}

export interface SetRetentionInput extends ObjectSelector {
  /** Passes over a present retention in governance mode. Default: no. */
  readonly bypassGovernance?: boolean;
}

/** Announced as a removal, or as the delete marker that is made instead. */
export interface DeleteObjectInput extends ObjectSelector, Announced<Removal> {
  readonly ownerId: string;
  /** Passes over retention in governance mode, never over compliance mode or a legal hold. Default: no. */
  readonly bypassGovernance?: boolean;
  readonly ifMatch?: string | undefined;
  /** Removes only what is still as it was listed; PreconditionFailed otherwise. Default: whatever is there. */
  readonly seen?: SeenVersion | undefined;
}

/** A version or marker as somebody saw it who decided on its removal. */
export interface SeenVersion {
  readonly modifiedMs: number;
  /** The current version, that is the newest one, and no marker. */
  readonly isCurrent: boolean;
}

export interface DeleteObjectResult {
  /** True when a marker was created, or when the version removed was one. */
  readonly deleteMarker: boolean;
  /** The marker made or the version removed; null when nothing versioned was touched. */
  readonly versionId: string | null;
}

export interface ListObjectsInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  /** Exclusive: keys (and common prefixes) greater than this. */
  readonly after: string;
  readonly limit: number;
}

export interface ListObjectsPage {
  readonly objects: readonly StoredVersion[];
  readonly commonPrefixes: readonly string[];
  /** Pass as `after` for the next page: the last key or common prefix returned; null at the end. */
  readonly nextAfter: string | null;
}

export interface ListObjectVersionsInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  /** "" : after every version of `keyMarker`. */
  readonly versionIdMarker: string;
  readonly limit: number;
}

export interface ListObjectVersionsPage {
  readonly versions: readonly ObjectVersion[];
  readonly commonPrefixes: readonly string[];
  readonly next: { readonly keyMarker: string; readonly versionIdMarker: string } | null;
}

export interface UploadSelector {
  readonly bucket: string;
  readonly objectKey: string;
  readonly uploadId: string;
}

export interface ListUploadPartsInput extends UploadSelector {
  readonly afterPartNumber: number;
  readonly limit: number;
  readonly keys?: RequestKeys | undefined;
}

export interface CreateMultipartUploadInput extends ObjectAttributes {
  readonly bucket: string;
  readonly objectKey: string;
  readonly ownerId: string;
  readonly initiatorId: string;
  readonly plan: EncryptionPlan;
  /** For the plan. Default: none, which suffices for SSE-S3. */
  readonly keys?: RequestKeys | undefined;
  readonly checksumAlgorithm: ChecksumAlgorithm | null;
  readonly checksumType: ChecksumType | null;
}

export interface UploadPartInput extends UploadSelector {
  readonly partNumber: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly integrity: BodyIntegrity;
  /** For the upload's encryption. Default: none, which suffices for SSE-S3. */
  readonly keys?: RequestKeys | undefined;
}

export interface UploadPartCopyInput extends UploadSelector {
  readonly partNumber: number;
  readonly source: ObjectSelector;
  /** Plaintext range of the source, end exclusive; undefined: all of it. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  /** For the upload's encryption; those of the source are the source's own. */
  readonly keys?: RequestKeys | undefined;
  readonly checkSource: (source: StoredVersion) => void;
}

export interface ListMultipartUploadsInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly limit: number;
}

export interface ListMultipartUploadsPage {
  readonly uploads: readonly MultipartUpload[];
  readonly commonPrefixes: readonly string[];
  readonly next: { readonly keyMarker: string; readonly uploadIdMarker: string } | null;
}

export interface CompletedPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: Uint8Array } | undefined;
}

export interface CompleteMultipartUploadInput extends UploadSelector, Announced {
  readonly parts: readonly CompletedPart[];
  readonly conditions: WriteConditions;
  /** Claimed digest of the whole object (FULL_OBJECT), or of the composite. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: Uint8Array } | undefined;
  readonly checksumType?: ChecksumType | undefined;
  /** x-amz-mp-object-size. */
  readonly sizeBytes?: number | undefined;
}

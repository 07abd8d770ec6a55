import { ServiceError } from "@strongroom/base";

/** Every way the engine refuses. The S3 layer maps each code to AWS's status and message. */
export type StoreErrorCode =
  | "NoSuchBucket"
  | "BucketAlreadyExists"
  | "BucketAlreadyOwnedByYou"
  | "BucketNotEmpty"
  | "InvalidBucketState"
  | "NoSuchKey"
  | "NoSuchVersion"
  | "NoSuchUpload"
  | "MethodNotAllowed"
  /** A retention period or a legal hold forbids it. */
  | "ObjectLocked"
  | "PreconditionFailed"
  | "ConditionalRequestConflict"
  /** Overwritten or deleted between looking it up and its first byte: look it up again. */
  | "ReplacedWhileRead"
  | "IncompleteBody"
  | "BadDigest"
  | "EntityTooSmall"
  | "EntityTooLarge"
  | "InvalidPart"
  | "InvalidPartOrder"
  | "InvalidRequest"
  | "InvalidArgument"
  /** The object is under a customer's key, and none was sent; one was sent and it is not; or it is another one. */
  | "CustomerKeyRequired"
  | "CustomerKeyNotApplicable"
  | "WrongCustomerKey"
  | "SlowDown"
  | "ServiceUnavailable"
  | "InternalError";

/**
 * Details by code (all strings): MethodNotAllowed/NoSuchKey `deleteMarker`, `versionId`, `lastModifiedMs`;
 * BadDigest `algorithm` (MD5, CRC32, …), `expected`, `calculated` (base64);
 * InvalidPart `partNumber`, `etag`; EntityTooSmall `partNumber`, `etag`, `proposedSize`, `minSizeAllowed`;
 * PreconditionFailed `condition` (If-Match, If-None-Match).
 */
export class StoreError extends ServiceError<StoreErrorCode> {}

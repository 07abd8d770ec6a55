import type { StoreError, StoreErrorCode } from "@strongroom/store";
import { printHttpDate, type WireError, type WireErrorCode } from "@strongroom/wire";
import type { S3ErrorCode } from "./error-table.ts";
import { type S3Error, s3Error } from "./errors.ts";

/** The resource an error document names. */
export interface ErrorSubject {
  readonly method: string;
  readonly bucket: string | null;
  readonly objectKey: string | null;
  readonly versionId: string | undefined;
  readonly uploadId: string | undefined;
}

type Details = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, string | undefined>>;

const CODE_OF_STORE_ERROR = {
  NoSuchBucket: "NoSuchBucket",
  BucketAlreadyExists: "BucketAlreadyExists",
  BucketAlreadyOwnedByYou: "BucketAlreadyOwnedByYou",
  BucketNotEmpty: "BucketNotEmpty",
  InvalidBucketState: "InvalidBucketState",
  NoSuchKey: "NoSuchKey",
  NoSuchVersion: "NoSuchVersion",
  NoSuchUpload: "NoSuchUpload",
  MethodNotAllowed: "MethodNotAllowed",
  ObjectLocked: "AccessDenied",
  PreconditionFailed: "PreconditionFailed",
  ConditionalRequestConflict: "ConditionalRequestConflict",
  ReplacedWhileRead: "SlowDown",
  IncompleteBody: "IncompleteBody",
  BadDigest: "BadDigest",
  EntityTooSmall: "EntityTooSmall",
  EntityTooLarge: "EntityTooLarge",
  InvalidPart: "InvalidPart",
  InvalidPartOrder: "InvalidPartOrder",
  InvalidRequest: "InvalidRequest",
  InvalidArgument: "InvalidArgument",
  CustomerKeyRequired: "InvalidRequest",
  CustomerKeyNotApplicable: "InvalidRequest",
  WrongCustomerKey: "AccessDenied",
  SlowDown: "SlowDown",
  ServiceUnavailable: "ServiceUnavailable",
  InternalError: "InternalError",
} as const satisfies Record<StoreErrorCode, S3ErrorCode>;

/** Codes whose message is said by whoever found the fault; every other code speaks the table's words. */
const OWN_MESSAGE: ReadonlySet<StoreErrorCode> = new Set([
  "InvalidRequest",
  "InvalidArgument",
  "InvalidBucketState",
  "ObjectLocked",
]);

/** Reference §2.3, for reading; uploads have words of their own. */
const CUSTOMER_KEY_MESSAGES: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  CustomerKeyRequired:
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
  CustomerKeyNotApplicable: "The encryption parameters are not applicable to this object.",
  WrongCustomerKey:
    "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.",
};

const CODE_OF_WIRE_ERROR = {
  AccessDenied: "AccessDenied",
  AuthorizationHeaderMalformed: "AuthorizationHeaderMalformed",
  AuthorizationQueryParametersError: "AuthorizationQueryParametersError",
  IncompleteBody: "IncompleteBody",
  InvalidArgument: "InvalidArgument",
  InvalidChunkSizeError: "InvalidChunkSizeError",
  InvalidRange: "InvalidRange",
  InvalidRequest: "InvalidRequest",
  InvalidURI: "InvalidURI",
  MalformedTrailerError: "MalformedTrailerError",
  MalformedXML: "MalformedXML",
  MissingContentLength: "MissingContentLength",
  NotImplemented: "NotImplemented",
  RequestTimeTooSkewed: "RequestTimeTooSkewed",
  SignatureDoesNotMatch: "SignatureDoesNotMatch",
} as const satisfies Record<WireErrorCode, S3ErrorCode>;

/** What the engine refused, in S3's words, with the elements S3 adds. */
export function s3ErrorFromStore(error: StoreError, subject: ErrorSubject): S3Error {
  const code = CODE_OF_STORE_ERROR[error.code];
  const message = messageOf(error);
  return s3Error(code, {
    ...(message === undefined ? {} : { message }),
    fields: fieldsOf(error.code, error.details, subject),
    headers: markerHeaders(code, error.details),
    cause: error,
  });
}

export function s3ErrorFromWire(error: WireError): S3Error {
  return s3Error(CODE_OF_WIRE_ERROR[error.code], {
    message: error.message,
    fields: error.details,
    cause: error,
  });
}

function messageOf(error: StoreError): string | undefined {
  if (OWN_MESSAGE.has(error.code)) return error.message;
  const ofKeys = CUSTOMER_KEY_MESSAGES[error.code];
  if (ofKeys !== undefined) return ofKeys;
  const { algorithm } = error.details;
  if (error.code === "BadDigest" && algorithm !== undefined && algorithm !== "MD5") {
    return `The ${algorithm} you specified did not match the calculated checksum.`;
  }
  return undefined;
}

function fieldsOf(code: StoreErrorCode, details: Details, subject: ErrorSubject): Fields {
  const bucketName = { BucketName: subject.bucket ?? undefined };
  switch (code) {
    case "NoSuchBucket":
    case "BucketAlreadyExists":
    case "BucketAlreadyOwnedByYou":
    case "BucketNotEmpty":
      return bucketName;
    case "NoSuchKey":
      return { Key: subject.objectKey ?? undefined };
    case "NoSuchVersion":
      return { Key: subject.objectKey ?? undefined, VersionId: subject.versionId };
    case "NoSuchUpload":
      return { UploadId: subject.uploadId };
    case "MethodNotAllowed":
      return { Method: subject.method, ResourceType: "DeleteMarker" };
    case "PreconditionFailed":
      return { Condition: details["condition"] };
    case "ConditionalRequestConflict":
      return { Condition: details["condition"], Key: subject.objectKey ?? undefined };
    case "BadDigest":
      return details["algorithm"] === "MD5"
        ? { ExpectedDigest: details["expected"], CalculatedDigest: details["calculated"] }
        : {};
    case "EntityTooSmall":
      return {
        ProposedSize: details["proposedSize"],
        MinSizeAllowed: details["minSizeAllowed"],
        PartNumber: details["partNumber"],
        ETag: details["etag"],
      };
    case "EntityTooLarge":
      return { ProposedSize: details["proposedSize"], MaxSizeAllowed: details["maxSizeAllowed"] };
    case "InvalidPart":
      return { UploadId: subject.uploadId, PartNumber: details["partNumber"], ETag: details["etag"] };
    case "InvalidPartOrder":
      return { UploadId: subject.uploadId };
    case "InvalidArgument":
      return details["versionId"] === undefined
        ? { ArgumentName: details["argumentName"], ArgumentValue: details["argumentValue"] }
        : { ArgumentName: "versionId", ArgumentValue: details["versionId"] };
    default:
      return {};
  }
}

/** A delete marker in the way is told by headers too, so that HEAD, which has no document, can say it. */
function markerHeaders(code: S3ErrorCode, details: Details): Fields {
  const lastModifiedMs = details["lastModifiedMs"];
  return {
    "x-amz-delete-marker": details["deleteMarker"],
    "x-amz-version-id": details["versionId"],
    Allow: code === "MethodNotAllowed" ? "DELETE" : undefined,
    "Last-Modified": lastModifiedMs === undefined ? undefined : printHttpDate(Number(lastModifiedMs)),
  };
}

import { type ErrorKind, ServiceError } from "@strongroom/base";

const KIND_BY_CODE = {
  AccessDenied: "denied",
  AuthorizationHeaderMalformed: "invalid",
  AuthorizationQueryParametersError: "invalid",
  IncompleteBody: "invalid",
  InvalidArgument: "invalid",
  InvalidChunkSizeError: "invalid",
  InvalidRange: "invalid",
  InvalidRequest: "invalid",
  InvalidURI: "invalid",
  MalformedTrailerError: "invalid",
  MalformedXML: "invalid",
  MissingContentLength: "invalid",
  NotImplemented: "invalid",
  RequestTimeTooSkewed: "denied",
  SignatureDoesNotMatch: "denied",
} as const satisfies Record<string, ErrorKind>;

/** Named as Amazon S3 names them, so that an edge maps each to its status and nothing else. */
export type WireErrorCode = keyof typeof KIND_BY_CODE;

/**
 * A request that breaks a wire format. `message` is the text S3 answers with; `details` holds the further
 * elements of the error document by their element names (`HeadersNotSigned`, `ArgumentName`, `ServerTime`, …).
 */
export class WireError extends ServiceError<WireErrorCode> {
  constructor(
    code: WireErrorCode,
    message: string,
    details: Readonly<Record<string, string>> = {},
    cause?: unknown,
  ) {
    super(code, KIND_BY_CODE[code], message, details, cause);
    this.name = "WireError";
  }
}

import { type ErrorKind, ServiceError } from "@strongroom/base";

/** AWS STS's codes, each with its HTTP status; 4xx are the caller's fault. */
export const STS_ERRORS = {
  AccessDenied: [403, "denied"],
  ExpiredTokenException: [400, "denied"],
  IDPCommunicationError: [400, "unavailable"],
  InvalidAction: [400, "invalid"],
  InvalidAuthorizationMessageException: [400, "invalid"],
  InvalidIdentityToken: [400, "denied"],
  InvalidParameterValue: [400, "invalid"],
  MalformedPolicyDocument: [400, "invalid"],
  MissingAuthenticationToken: [403, "denied"],
  NotImplemented: [501, "invalid"],
  PackedPolicyTooLarge: [400, "invalid"],
  ValidationError: [400, "invalid"],
} as const satisfies Record<string, readonly [status: number, kind: ErrorKind]>;

export type StsErrorCode = keyof typeof STS_ERRORS;

/** A refusal of STS. The message is what the client is told. */
export class StsError extends ServiceError<StsErrorCode> {
  /** HTTP status. */
  readonly status: number;

  constructor(code: StsErrorCode, message: string, cause?: unknown) {
    const [status, kind] = STS_ERRORS[code];
    super(code, kind, message, {}, cause);
    this.name = "StsError";
    this.status = status;
  }
}

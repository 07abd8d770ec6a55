import { type ErrorKind, ServiceError } from "@strongroom/base";

interface Row {
  readonly status: number;
  readonly kind: ErrorKind;
}

/** Every code that the IAM API answers, as AWS names it, with its HTTP status. */
export const IAM_API_ERRORS = {
  AccessDenied: { status: 403, kind: "denied" },
  ConcurrentModification: { status: 409, kind: "state" },
  DeleteConflict: { status: 409, kind: "state" },
  EntityAlreadyExists: { status: 409, kind: "state" },
  InvalidAction: { status: 400, kind: "invalid" },
  InvalidClientTokenId: { status: 403, kind: "denied" },
  InvalidInput: { status: 400, kind: "invalid" },
  LimitExceeded: { status: 409, kind: "state" },
  MalformedPolicyDocument: { status: 400, kind: "invalid" },
  NoSuchEntity: { status: 404, kind: "state" },
  NotImplemented: { status: 501, kind: "invalid" },
  PolicyNotAttachable: { status: 400, kind: "invalid" },
  UnmodifiableEntity: { status: 400, kind: "state" },
  ValidationError: { status: 400, kind: "invalid" },
} as const satisfies Readonly<Record<string, Row>>;

export type IamApiErrorCode = keyof typeof IAM_API_ERRORS;

/** A refusal of the IAM API, with AWS's message. */
export class IamApiError extends ServiceError<IamApiErrorCode> {
  constructor(code: IamApiErrorCode, message: string, cause?: unknown) {
    super(code, IAM_API_ERRORS[code].kind, message, {}, cause);
    this.name = "IamApiError";
  }

  get status(): number {
    return IAM_API_ERRORS[this.code].status;
  }
}

export function validationError(message: string): IamApiError {
  return new IamApiError("ValidationError", message);
}

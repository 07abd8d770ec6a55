import { type ErrorKind, ServiceError } from "@strongroom/base";
import { S3_ERRORS, type S3ErrorCode } from "./error-table.ts";

export type { S3ErrorCode } from "./error-table.ts";

export interface S3ErrorOptions {
  /** Instead of the table's message; nothing secret. */
  readonly message?: string;
  /**
   * Elements of the Error document between Message and RequestId, in this order, named as AWS names them
   * (`ArgumentName`, `ArgumentValue`). An undefined value leaves its element out.
   */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** Response headers that go with the error, e.g. `x-amz-delete-marker`. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly cause?: unknown;
}

/** A refusal in S3's terms. What it means on the wire is the table's business; see `status`. */
export class S3Error extends ServiceError<S3ErrorCode> {
  /** Elements after Message, in order; the same map as `details`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, options: S3ErrorOptions = {}) {
    const [status, message] = S3_ERRORS[code];
    const fields = withoutUndefined(options.fields);
    super(code, kindOfStatus(status), options.message ?? message, fields, options.cause);
    this.name = "S3Error";
    this.fields = fields;
    this.headers = withoutUndefined(options.headers);
  }

  get status(): number {
    return S3_ERRORS[this.code][0];
  }
}

/** `throw s3Error("InvalidArgument", { message, fields: { ArgumentName, ArgumentValue } })`. */
export function s3Error(code: S3ErrorCode, options: S3ErrorOptions = {}): S3Error {
  return new S3Error(code, options);
}

/** The error most requests need: which argument, what it said, why it was refused. */
export function invalidArgument(message: string, argumentName: string, argumentValue?: string): S3Error {
  return new S3Error("InvalidArgument", {
    message,
    fields: { ArgumentName: argumentName, ArgumentValue: argumentValue },
  });
}

/** 501 for a header whose silent neglect would weaken or change what the client asked for. */
export function notImplementedHeader(header: string): S3Error {
  return new S3Error("NotImplemented", { fields: { Header: header } });
}

function kindOfStatus(status: number): ErrorKind {
  if (status === 403) return "denied";
  if (status === 404 || status === 409 || status === 412 || status === 304) return "state";
  if (status === 503) return "unavailable";
  return status === 500 ? "bug" : "invalid";
}

function withoutUndefined(
  values: Readonly<Record<string, string | undefined>> | undefined,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(values ?? {})) {
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

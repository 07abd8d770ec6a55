/** What went wrong, in the terms a caller acts on. */
export type ErrorKind = "invalid" | "denied" | "state" | "unavailable" | "integrity" | "bug";

/**
 * The one error type that crosses a package's border. `Code` is the package's closed union, so that an edge
 * can map every code with `satisfies Record<Code, …>`. `details` holds facts that are safe to show a client;
 * nothing secret goes into `message` or `details`.
 */
export class ServiceError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly kind: ErrorKind;
  readonly details: Readonly<Record<string, string>>;

  constructor(
    code: Code,
    kind: ErrorKind,
    message: string,
    details: Readonly<Record<string, string>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ServiceError";
    this.code = code;
    this.kind = kind;
    this.details = details;
  }
}

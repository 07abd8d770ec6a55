export type TrailApiErrorCode =
  | "AccessDeniedException"
  | "InvalidEventSelectorsException"
  | "InvalidLookupAttributesException"
  | "InvalidMaxResultsException"
  | "InvalidNextTokenException"
  | "InvalidTimeRangeException"
  | "TrailNotFoundException"
  | "UnsupportedOperationException";

/** A refusal as CloudTrail names it on the wire. */
export class TrailApiError extends Error {
  override readonly name = "TrailApiError";
  readonly code: TrailApiErrorCode;

  constructor(code: TrailApiErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

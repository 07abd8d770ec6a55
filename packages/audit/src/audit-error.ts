import { ServiceError } from "@strongroom/base";

export type AuditErrorCode = "TrailUnwritable" | "TrailOverloaded" | "Malformed";

/** The trail cannot take or give a record. What could not be recorded must not be answered. */
export class AuditError extends ServiceError<AuditErrorCode> {}

export function unwritable(cause: unknown): AuditError {
  return new AuditError(
    "TrailUnwritable",
    "unavailable",
    "the audit trail cannot be written; nothing is answered that is not recorded",
    {},
    cause,
  );
}

export function malformed(what: string): AuditError {
  return new AuditError("Malformed", "integrity", what);
}

import type { Retention } from "@strongroom/store";
import { s3Error } from "../errors.ts";
import { printLongDate } from "../http/long-date.ts";

/** Throws InvalidArgument for a retention that would be over already; `argumentName` is where it was sent. */
export function requireFuture(
  retention: Retention | null,
  nowMs: number,
  argumentName: "RetainUntilDate" | "x-amz-object-lock-retain-until-date",
): void {
  if (retention === null || retention.retainUntilMs > nowMs) return;
  throw s3Error("InvalidArgument", {
    message: "The retain until date must be in the future!",
    fields: { ArgumentName: argumentName, ArgumentValue: printLongDate(retention.retainUntilMs) },
  });
}

import { ServiceError } from "@strongroom/base";

/**
 * `MalformedPolicyDocument`: not JSON, or not a policy. `PolicyTooLarge`: over a limit of its kind. Edges name them as
 * their service does (IAM `MalformedPolicyDocument` and `LimitExceeded`, S3 `MalformedPolicy` and `PolicyTooLarge`…).
 */
export type PolicyErrorCode = "MalformedPolicyDocument" | "PolicyTooLarge";

/** A policy that was refused. `place` says where: `Statement[2].Condition.StringEqual`, or a line and a column. */
export class PolicyError extends ServiceError<PolicyErrorCode> {
  readonly place: string;

  constructor(code: PolicyErrorCode, message: string, place: string) {
    super(code, "invalid", message, { place });
    this.place = place;
  }
}

/** For documents that are no policy: AWS's message, and the place behind it where that is inside a statement. */
export function malformed(message: string, place: string): PolicyError {
  const isInside = place.startsWith("Statement[");
  return new PolicyError("MalformedPolicyDocument", isInside ? `${message} (${place})` : message, place);
}

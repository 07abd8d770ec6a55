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

/** For documents that are no policy: AWS's message where one is known, the place otherwise part of it. */
export function malformed(message: string, place: string): PolicyError {
  return new PolicyError("MalformedPolicyDocument", message, place);
}

import type { ParameterReader } from "./parameter-reader.ts";

/** Inline text and managed ARNs together, in characters. */
const PLAINTEXT_MAX_LENGTH = 2048;
const ARNS_MAX = 10;
const POLICY_RULE = {
  minLength: 1,
  maxLength: PLAINTEXT_MAX_LENGTH,
  pattern: /^[\t\n\r\u0020-\u00ff]+$/,
  patternText: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
};
const ARN_RULE = { minLength: 20, maxLength: 2048 };

/** The policies a caller wants to narrow a session with; not yet parsed or looked up. */
export interface SessionPolicyParameters {
  readonly policyText: string | null;
  readonly policyArns: readonly string[];
}

/** `Policy` and `PolicyArns.member.N.arn`. */
export function readSessionPolicies(reader: ParameterReader): SessionPolicyParameters {
  const policyText = reader.optionalText("Policy", POLICY_RULE);
  const members = reader.parameters.list("PolicyArns");
  reader.checkCount(members.length, "PolicyArns", ARNS_MAX);
  const policyArns = members.slice(0, ARNS_MAX).map((member, index) => {
    const arn = member.text("arn") ?? "";
    reader.checkText(arn, `policyArns.${index + 1}.member.arn`, ARN_RULE);
    return arn;
  });
  return { policyText, policyArns };
}

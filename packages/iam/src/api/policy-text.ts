import { parsePolicyDocument } from "../policy/parse-policy-document.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { MAX_TEXT_LENGTH, policySize } from "../policy/policy-limits.ts";
import { IamApiError } from "./iam-api-error.ts";
import { QUOTAS } from "./quotas.ts";

/** The size that counts against IAM's quotas: without white space. */
export function sizeOfPolicy(text: string): number {
  return policySize(text, true);
}

/** Throws MalformedPolicyDocument. */
export function requireIdentityPolicy(text: string): void {
  requirePolicyText("identity", text);
}

/** Throws MalformedPolicyDocument, LimitExceeded. */
export function requireTrustPolicy(text: string): void {
  if (sizeOfPolicy(text) > QUOTAS.trustPolicySize) {
    throw new IamApiError(
      "LimitExceeded",
      `Cannot exceed quota for ACLSizePerRole: ${QUOTAS.trustPolicySize}`,
    );
  }
  requirePolicyText("trust", text);
}

/** Throws MalformedPolicyDocument, LimitExceeded. */
export function requireManagedPolicy(text: string): void {
  if (sizeOfPolicy(text) > QUOTAS.managedPolicySize) {
    throw new IamApiError("LimitExceeded", `Cannot exceed quota for PolicySize: ${QUOTAS.managedPolicySize}`);
  }
  requirePolicyText("identity", text);
}

function requirePolicyText(kind: "identity" | "trust", text: string): void {
  try {
    parsePolicyDocument(text, { kind, limits: { maxSize: MAX_TEXT_LENGTH, ignoresWhitespace: true } });
  } catch (error) {
    if (error instanceof PolicyError) throw malformedPolicy(error);
    throw error;
  }
}

export function malformedPolicy(error: PolicyError): IamApiError {
  return new IamApiError("MalformedPolicyDocument", error.message, error);
}

import type { ConditionContext } from "../policy/authorization.ts";
import { mapContext } from "../policy/principal-context.ts";
import type { SessionFacts } from "./session-facts.ts";

const EMPTY: ConditionContext = { find: () => undefined };

/**
 * The condition keys that a session gives its requests: aws:TokenIssueTime, aws:MultiFactorAuthPresent and -Age,
 * aws:SourceIdentity, and those fixed at its issue (aws:FederatedProvider, ISSUER:aud, ISSUER:sub). A long-lived key
 * (null) gives none of them, not even aws:MultiFactorAuthPresent.
 */
export function sessionContext(session: SessionFacts | null, nowMs: number): ConditionContext {
  if (session === null) return EMPTY;
  const { issuedMs, mfaAuthenticatedMs, sourceIdentity } = session;
  return mapContext({
    ...Object.fromEntries(session.conditionKeys),
    "aws:tokenissuetime": [new Date(issuedMs).toISOString()],
    "aws:multifactorauthpresent": [String(mfaAuthenticatedMs !== null)],
    ...(mfaAuthenticatedMs === null
      ? {}
      : { "aws:multifactorauthage": [String(Math.floor((nowMs - mfaAuthenticatedMs) / 1000))] }),
    ...(sourceIdentity === null ? {} : { "aws:sourceidentity": [sourceIdentity] }),
  });
}

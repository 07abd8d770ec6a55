import type { RootHolder, UserHolder } from "../../sessions/session.ts";
import { issueSession } from "../issue-session.ts";
import { refuseMfaCode } from "../mfa-parameters.ts";
import { ParameterReader } from "../parameter-reader.ts";
import { CHAINED_LONGEST_SECONDS, readDuration, USER_LONGEST_SECONDS } from "../session-duration.ts";
import { StsError } from "../sts-error.ts";
import type { SignedStsRequest, StsOperation } from "../sts-operation.ts";

const DEFAULT_SECONDS = 43_200;

/** `GetSessionToken`: the caller's own rights for a while. Needs no permission, and no policy can forbid it. */
export const getSessionToken: StsOperation = {
  name: "GetSessionToken",
  isSigned: true,
  run: async (request, services) => {
    const reader = new ParameterReader(request.parameters);
    const wantedSeconds = readDuration(reader, USER_LONGEST_SECONDS) ?? DEFAULT_SECONDS;
    reader.requireValid();
    const holder = requireLastingHolder(request, "GetSessionToken");
    refuseMfaCode(request.parameters);
    const terms = {
      holder,
      policyText: null,
      policyArns: [],
      tags: new Map(),
      transitiveTagKeys: [],
      mfaAuthenticatedMs: null,
      sourceIdentity: null,
      conditionKeys: new Map(),
    };
    return [issueSession(terms, boundedSeconds(holder, wantedSeconds), services).credentials];
  },
};

/** Throws AccessDenied for callers who are sessions themselves: those would otherwise never end. */
export function requireLastingHolder(
  { caller }: SignedStsRequest,
  operation: string,
): UserHolder | RootHolder {
  const { principal, session } = caller;
  if (session === null) {
    const { kind } = principal;
    if (kind === "root") return { kind, accountId: principal.accountId };
    if (kind === "user") {
      const { accountId, userName, userId } = principal;
      return { kind, accountId, userName, userId };
    }
  }
  throw new StsError("AccessDenied", `Cannot call ${operation} with session credentials`);
}

/** Root's own sessions last an hour at most, whatever is asked. */
export function boundedSeconds(holder: UserHolder | RootHolder, wantedSeconds: number): number {
  return holder.kind === "root" ? Math.min(wantedSeconds, CHAINED_LONGEST_SECONDS) : wantedSeconds;
}

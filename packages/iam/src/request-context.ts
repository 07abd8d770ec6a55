import type { ConditionContext } from "./policy/authorization.ts";
import { joinContexts, mapContext, principalContext } from "./policy/principal-context.ts";
import type { Principal } from "./principal.ts";
import { sessionContext } from "./sessions/session-context.ts";
import type { SessionFacts } from "./sessions/session-facts.ts";
import type { TransportFacts } from "./transport-facts.ts";

/** What every service knows of a request before it looks at what is asked. */
export interface RequestFacts extends TransportFacts {
  readonly nowMs: number;
  readonly region: string;
  readonly userAgent: string | null;
}

/**
 * The global condition keys of a request to a service without keys of its own on the data path (IAM, STS, KMS): those of
 * its caller and session, aws:SourceIp, aws:SecureTransport, aws:CurrentTime, aws:EpochTime, aws:UserAgent,
 * aws:RequestedRegion, aws:ViaAWSService. `own` are the service's keys; they cannot replace a global one.
 */
export function requestContext(
  facts: RequestFacts,
  caller: { readonly principal: Principal; readonly session: SessionFacts | null },
  own: ConditionContext,
): ConditionContext {
  const { nowMs, region, sourceIp, secure, userAgent } = facts;
  return joinContexts(
    mapContext({
      "aws:securetransport": [String(secure)],
      "aws:currenttime": [new Date(nowMs).toISOString()],
      "aws:epochtime": [String(Math.floor(nowMs / 1000))],
      "aws:requestedregion": [region],
      "aws:viaawsservice": ["false"],
      ...(sourceIp === "" ? {} : { "aws:sourceip": [sourceIp] }),
      ...(userAgent === null ? {} : { "aws:useragent": [userAgent] }),
    }),
    principalContext(caller.principal),
    sessionContext(caller.session, nowMs),
    own,
  );
}

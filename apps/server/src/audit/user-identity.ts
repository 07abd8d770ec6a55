import { type EventFields, printEventTime } from "@strongroom/audit";
import type { Principal, SessionFacts } from "@strongroom/iam";

export interface IdentityFacts {
  readonly accessKeyId: string | null;
  readonly session: SessionFacts | null;
  /** The service that asks in the principal's name: `s3.amazonaws.com`. */
  readonly invokedBy?: string | null;
}

/** A principal as CloudTrail's `userIdentity` (kms.md §5.1). */
export function userIdentity(principal: Principal, facts: IdentityFacts): EventFields {
  const invokedBy = facts.invokedBy ?? undefined;
  const accessKeyId = facts.accessKeyId ?? undefined;
  switch (principal.kind) {
    case "anonymous":
      return { type: "AWSAccount", principalId: "", accountId: "ANONYMOUS_PRINCIPAL", invokedBy };
    case "service":
      return { type: "AWSService", invokedBy: principal.service };
    case "federated":
      return {
        type: "WebIdentityUser",
        principalId: `${principal.provider}:${principal.subject}`,
        userName: principal.subject,
        identityProvider: principal.provider,
        invokedBy,
      };
    default: {
      const { arn, accountId, userId: principalId } = principal;
      const common = { principalId, arn, accountId, accessKeyId };
      const sessionContext = printSession(principal, facts.session);
      return {
        type: TYPES[principal.kind],
        ...common,
        ...(principal.kind === "user" ? { userName: principal.userName } : {}),
        ...(sessionContext === null ? {} : { sessionContext }),
        invokedBy,
      };
    }
  }
}

const TYPES = {
  root: "Root",
  user: "IAMUser",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
} as const;

function printSession(principal: Principal, session: SessionFacts | null): EventFields | null {
  if (session === null) return null;
  return {
    sessionIssuer: printIssuer(principal),
    attributes: {
      creationDate: printEventTime(session.issuedMs),
      mfaAuthenticated: String(session.mfaAuthenticatedMs !== null),
    },
    ...(session.sourceIdentity === null ? {} : { sourceIdentity: session.sourceIdentity }),
  };
}

function printIssuer(principal: Principal): EventFields | undefined {
  if (principal.kind === "role-session") {
    const { roleId: principalId, roleArn: arn, accountId, roleName: userName } = principal;
    return { type: "Role", principalId, arn, accountId, userName };
  }
  if (principal.kind !== "federated-user") return undefined;
  const { issuer } = principal;
  const { userId: principalId, arn, accountId } = issuer;
  if (issuer.kind === "root") return { type: "Root", principalId, arn, accountId };
  return { type: "IAMUser", principalId, arn, accountId, userName: issuer.userName };
}

import { element } from "@strongroom/wire";
import { arnOf, type Role } from "../../identities/entities.ts";
import type { RoleHolder } from "../../sessions/session.ts";
import { assumedRoleArn } from "../../sessions/session-principal.ts";
import { authorizeCall, deniedCall, trustOf } from "../authorize-call.ts";
import { issueSession, requireSessionPolicies } from "../issue-session.ts";
import { refuseMfaCode } from "../mfa-parameters.ts";
import { ParameterReader } from "../parameter-reader.ts";
import { parseRoleArn } from "../role-arn.ts";
import { sessionConditions, type WantedSession } from "../session-conditions.ts";
import { CHAINED_LONGEST_SECONDS, ROLE_LONGEST_SECONDS, readDuration } from "../session-duration.ts";
import {
  EXTERNAL_ID_RULE,
  ROLE_ARN_RULE,
  SESSION_NAME_RULE,
  SOURCE_IDENTITY_RULE,
} from "../session-name-rules.ts";
import { readSessionPolicies, type SessionPolicyParameters } from "../session-policy-parameters.ts";
import { inheritTags, readSessionTags } from "../session-tag-parameters.ts";
import { StsError } from "../sts-error.ts";
import type { SignedStsRequest, StsOperation, StsServices } from "../sts-operation.ts";

const DEFAULT_SECONDS = 3600;
const NOTHING_HANDED_ON = { tags: new Map<string, string>(), transitiveTagKeys: [] };

interface Input extends WantedSession, SessionPolicyParameters {
  readonly roleArn: string;
  readonly sessionName: string;
}

/** `AssumeRole`: temporary credentials of a role whose trust policy lets the caller in. */
export const assumeRole: StsOperation = {
  name: "AssumeRole",
  isSigned: true,
  async run(request, services) {
    const wanted = read(request);
    const { policyText, policyArns } = wanted;
    const role = await requireRole(wanted.roleArn, request, services);
    const { session } = request.caller;
    const granted = inheritTags(wanted, session ?? NOTHING_HANDED_ON);
    const sourceIdentity = session?.sourceIdentity ?? wanted.sourceIdentity;
    await requireRights({ ...wanted, ...granted, sourceIdentity }, role, request, services);
    const durationSeconds = chooseDuration(wanted.durationSeconds, role, request);
    await requireSessionPolicies(wanted, role.accountId, services);
    const holder = holderOf(role, wanted.sessionName);
    const limits = { policyText, policyArns, ...granted, sourceIdentity };
    const issued = issueSession(
      { holder, ...limits, mfaAuthenticatedMs: null, conditionKeys: new Map() },
      durationSeconds,
      services,
    );
    const isPacked = policyText !== null || policyArns.length > 0 || granted.tags.size > 0;
    return [
      issued.credentials,
      element("AssumedRoleUser", [
        element("AssumedRoleId", `${role.id}:${wanted.sessionName}`),
        element("Arn", assumedRoleArn(holder)),
      ]),
      isPacked ? element("PackedPolicySize", issued.packedPercent) : undefined,
      sourceIdentity === null ? undefined : element("SourceIdentity", sourceIdentity),
    ];
  },
};

function read({ parameters }: SignedStsRequest): Input {
  const reader = new ParameterReader(parameters);
  const input = {
    roleArn: reader.requiredText("RoleArn", ROLE_ARN_RULE),
    sessionName: reader.requiredText("RoleSessionName", SESSION_NAME_RULE),
    durationSeconds: readDuration(reader, ROLE_LONGEST_SECONDS),
    externalId: reader.optionalText("ExternalId", EXTERNAL_ID_RULE),
    sourceIdentity: reader.optionalText("SourceIdentity", SOURCE_IDENTITY_RULE),
    ...readSessionPolicies(reader),
    ...readSessionTags(reader),
  };
  reader.requireValid();
  refuseMfaCode(parameters);
  return input;
}

/** Throws AccessDenied for a role that is not there just as for one that lets nobody in; ValidationError for no ARN. */
async function requireRole(roleArn: string, request: SignedStsRequest, services: StsServices): Promise<Role> {
  const address = parseRoleArn(roleArn);
  const role =
    address === null ? null : await services.identities.findRole(address.accountId, address.roleName);
  // Credentials of GetFederationToken open nothing of STS but GetCallerIdentity.
  const mayAsk = request.caller.principal.kind !== "federated-user";
  if (role === null || arnOf(role) !== roleArn || !mayAsk)
    throw deniedCall(request, "sts:AssumeRole", roleArn);
  return role;
}

/** Throws AccessDenied unless the caller may assume the role, and tag and name the session as it would be. */
async function requireRights(
  session: WantedSession,
  role: Role,
  request: SignedStsRequest,
  services: StsServices,
): Promise<void> {
  const actions = [
    "sts:AssumeRole",
    ...(session.tags.size > 0 ? ["sts:TagSession"] : []),
    ...(session.sourceIdentity === null ? [] : ["sts:SetSourceIdentity"]),
  ];
  for (const action of actions) {
    await authorizeCall(request, services, {
      action,
      resource: arnOf(role),
      resourceAccountId: role.accountId,
      context: sessionConditions(session, role),
      resourcePolicy: trustOf(role, services),
    });
  }
}

function chooseDuration(wantedSeconds: number | null, role: Role, { caller }: SignedStsRequest): number {
  if (wantedSeconds === null) return DEFAULT_SECONDS;
  if (wantedSeconds > role.maxSessionDurationSeconds) {
    throw new StsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  if (caller.session !== null && wantedSeconds > CHAINED_LONGEST_SECONDS) {
    throw new StsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  return wantedSeconds;
}

function holderOf(role: Role, sessionName: string): RoleHolder {
  return { kind: "role", accountId: role.accountId, roleName: role.name, roleId: role.id, sessionName };
}

import { element } from "@strongroom/wire";
import { arnOf, type OidcProvider, oidcProviderArn, type Role } from "../../identities/entities.ts";
import { joinContexts, mapContext } from "../../policy/principal-context.ts";
import type { FederatedPrincipal } from "../../principal.ts";
import { requestContext } from "../../request-context.ts";
import { assumedRoleArn } from "../../sessions/session-principal.ts";
import { trustOf } from "../authorize-call.ts";
import { issueSession, requireSessionPolicies } from "../issue-session.ts";
import { ParameterReader } from "../parameter-reader.ts";
import { parseRoleArn, type RoleAddress } from "../role-arn.ts";
import { sessionConditions, type WantedSession } from "../session-conditions.ts";
import { ROLE_LONGEST_SECONDS, readDuration } from "../session-duration.ts";
import { ROLE_ARN_RULE, SESSION_NAME_RULE, SOURCE_IDENTITY_RULE } from "../session-name-rules.ts";
import { readSessionPolicies, type SessionPolicyParameters } from "../session-policy-parameters.ts";
import { checkSessionTags } from "../session-tag-parameters.ts";
import { StsError } from "../sts-error.ts";
import type { StsOperation, StsRequest, StsServices } from "../sts-operation.ts";
import {
  claimedSourceIdentity,
  claimedTags,
  identityConditions,
  issuerName,
} from "../web-identity/identity-claims.ts";
import type { WebIdentity } from "../web-identity/web-identities.ts";

const ACTION = "sts:AssumeRoleWithWebIdentity";
const DEFAULT_SECONDS = 3600;
const TOKEN_RULE = { minLength: 4, maxLength: 20_000, isSecret: true };

interface Input extends SessionPolicyParameters {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly token: string;
  readonly durationSeconds: number | null;
}

/** `AssumeRoleWithWebIdentity`: temporary credentials of a role for whom a registered provider vouches. Unsigned. */
export const assumeRoleWithWebIdentity: StsOperation = {
  name: "AssumeRoleWithWebIdentity",
  isSigned: false,
  async run(request, services) {
    const input = read(request);
    const address = parseRoleArn(input.roleArn);
    if (address === null) throw refused();
    const { provider, identity } = await verify(input.token, address, services);
    const session = readWantedSession(input, identity, request);
    const role = await requireRole(input.roleArn, address, services);
    const conditions = identityConditions(identity);
    await requireTrust({ role, provider, identity, session, conditions, request, services });
    const durationSeconds = session.durationSeconds ?? DEFAULT_SECONDS;
    if (durationSeconds > role.maxSessionDurationSeconds) {
      throw new StsError(
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      );
    }
    await requireSessionPolicies(input, role.accountId, services);
    const { policyText, policyArns, sessionName } = input;
    const { tags, transitiveTagKeys, sourceIdentity } = session;
    const holder = {
      kind: "role",
      accountId: role.accountId,
      roleName: role.name,
      roleId: role.id,
      sessionName,
    } as const;
    const conditionKeys = new Map([...conditions, ["aws:federatedprovider", [oidcProviderArn(provider)]]]);
    const limits = { policyText, policyArns, tags, transitiveTagKeys, sourceIdentity };
    const issued = issueSession(
      { holder, ...limits, mfaAuthenticatedMs: null, conditionKeys },
      durationSeconds,
      services,
    );
    return [
      element("SubjectFromWebIdentityToken", identity.subject),
      element("Audience", identity.audiences[0] ?? ""),
      element("AssumedRoleUser", [
        element("Arn", assumedRoleArn(holder)),
        element("AssumedRoleId", `${role.id}:${sessionName}`),
      ]),
      issued.credentials,
      element("Provider", oidcProviderArn(provider)),
      issued.packedPercent === 0 ? undefined : element("PackedPolicySize", issued.packedPercent),
      sourceIdentity === null ? undefined : element("SourceIdentity", sourceIdentity),
    ];
  },
};

function read({ parameters }: StsRequest): Input {
  const reader = new ParameterReader(parameters);
  const input = {
    roleArn: reader.requiredText("RoleArn", ROLE_ARN_RULE),
    sessionName: reader.requiredText("RoleSessionName", SESSION_NAME_RULE),
    token: reader.requiredText("WebIdentityToken", TOKEN_RULE),
    durationSeconds: readDuration(reader, ROLE_LONGEST_SECONDS),
    ...readSessionPolicies(reader),
  };
  reader.requireValid();
  return input;
}

/** The provider must be registered in the role's account before anything is fetched from it. */
async function verify(
  token: string,
  address: RoleAddress,
  services: StsServices,
): Promise<{ readonly provider: OidcProvider; readonly identity: WebIdentity }> {
  const issuer = services.webIdentities.readIssuer(token);
  const { reader } = services.identities;
  const provider = await reader.findOidcProvider(address.accountId, issuerName(issuer));
  if (provider === null) {
    throw new StsError(
      "InvalidIdentityToken",
      `No OpenIDConnect provider found in your account for ${issuer}`,
    );
  }
  const identity = await services.webIdentities.verify(token, issuer, provider.clientIds);
  return { provider, identity };
}

/** The session with what the provider put into the token: tags and a source identity. */
function readWantedSession(input: Input, identity: WebIdentity, { parameters }: StsRequest): WantedSession {
  const reader = new ParameterReader(parameters);
  const { pairs, transitiveTagKeys } = claimedTags(identity);
  const sourceIdentity = reader.checkText(
    claimedSourceIdentity(identity) ?? undefined,
    "sourceIdentity",
    SOURCE_IDENTITY_RULE,
  );
  const tags = checkSessionTags(pairs, transitiveTagKeys, reader);
  reader.requireValid();
  const { sessionName, durationSeconds } = input;
  return { sessionName, durationSeconds, externalId: null, sourceIdentity, ...tags };
}

async function requireRole(roleArn: string, address: RoleAddress, services: StsServices): Promise<Role> {
  const role = await services.identities.findRole(address.accountId, address.roleName);
  if (role === null || arnOf(role) !== roleArn) throw refused();
  return role;
}

interface TrustQuestion {
  readonly role: Role;
  readonly provider: OidcProvider;
  readonly identity: WebIdentity;
  readonly session: WantedSession;
  readonly conditions: ReadonlyMap<string, readonly string[]>;
  readonly request: StsRequest;
  readonly services: StsServices;
}

async function requireTrust(question: TrustQuestion): Promise<void> {
  const { role, provider, identity, session, conditions, request, services } = question;
  const principal: FederatedPrincipal = {
    kind: "federated",
    provider: oidcProviderArn(provider),
    subject: identity.subject,
  };
  const context = requestContext(
    request.facts,
    { principal, session: null },
    joinContexts(mapContext(Object.fromEntries(conditions)), sessionConditions(session, role)),
  );
  const actions = [
    ACTION,
    ...(session.tags.size > 0 ? ["sts:TagSession"] : []),
    ...(session.sourceIdentity === null ? [] : ["sts:SetSourceIdentity"]),
  ];
  for (const action of actions) {
    const decision = await services.authorization.decide(
      { principal, action, resource: arnOf(role), resourceAccountId: role.accountId, context },
      trustOf(role, services),
    );
    if (!decision.allowed) throw refused(action);
  }
}

/** AWS names neither role nor reason to somebody it does not know. */
function refused(action = ACTION): StsError {
  return new StsError("AccessDenied", `Not authorized to perform ${action}`);
}

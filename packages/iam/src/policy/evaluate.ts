import type { Principal } from "../principal.ts";
import type {
  AuthorizationRequest,
  Decision,
  NamedPolicy,
  PrincipalPolicies,
  ResourcePolicy,
  StatementReference,
} from "./authorization.ts";
import type { Effect, Statement, StatementQuestion } from "./policy-document.ts";
import type { PrincipalMatch } from "./principal-element.ts";

type PolicyKind = StatementReference["policyKind"];
type Because = Extract<Decision, { readonly allowed: false }>["because"];

export const KIND_NAMES = {
  identity: "identity-based policy",
  boundary: "permissions boundary",
  session: "session policy",
  resource: "resource-based policy",
} as const satisfies Record<PolicyKind, Because>;

/**
 * Decides one question, as AWS documents it for users, roles, sessions, roots and services, inside an account and
 * across two: an explicit deny of any policy wins; else the resource's policy, the principal's own, its boundary and
 * its session policies must allow together what they have to. Pure: the same arguments give the same decision.
 */
export function evaluate(
  request: AuthorizationRequest,
  policies: PrincipalPolicies,
  resource: ResourcePolicy | null,
): Decision {
  const { principal } = request;
  const question = toQuestion(request, policies);
  const denied =
    findDeny(question, "resource", resource?.policy ?? null) ??
    findDenyIn(question, "identity", policies.identity) ??
    findDeny(question, "boundary", policies.boundary) ??
    findDenyIn(question, "session", policies.session ?? []);
  if (denied !== null) return { allowed: false, by: denied, because: KIND_NAMES[denied.policyKind] };

  const grant = findGrant(question, resource);
  switch (principal.kind) {
    case "anonymous":
    case "service":
    case "federated":
      return isDirect(grant) ? allow(grant.by) : refuse("resource");
    default:
      return principal.accountId === request.resourceAccountId
        ? decideInsideAccount(question, policies, resource, grant)
        : decideAcrossAccounts(question, policies, grant);
  }
}

/** What every statement is asked for a request. */
export function toQuestion(request: AuthorizationRequest, policies: PrincipalPolicies): StatementQuestion {
  return {
    principal: request.principal,
    action: request.action.toLowerCase(),
    resource: request.resource,
    context: request.context,
    isBounded: policies.boundary !== null,
  };
}

/** What the resource's side allows; `match` says how it names the principal. */
interface Grant {
  readonly by: StatementReference | null;
  readonly match: Exclude<PrincipalMatch, "attached">;
  /** Of `alsoAllowedBy` in the principal's own name: enough even across accounts. */
  readonly isFinal: boolean;
}

/** The principal is allowed itself, not only its account to allow it. */
function isDirect(grant: Grant | null): grant is Grant {
  return grant !== null && grant.match !== "account";
}

const allow = (by: StatementReference | null): Decision => ({ allowed: true, by });
const refuse = (kind: PolicyKind): Decision => ({ allowed: false, by: null, because: KIND_NAMES[kind] });

function decideInsideAccount(
  question: StatementQuestion,
  policies: PrincipalPolicies,
  resource: ResourcePolicy | null,
  grant: Grant | null,
): Decision {
  const mode = resource?.mode ?? "or-identity";
  if (isDirect(grant)) {
    // The silence of a boundary or a session policy bounds a grant to a role, and none to a user, to one session or
    // to everyone (IAM User Guide, "Policy evaluation for requests within a single account").
    const limit = grant.match === "role" ? findLimit(question, policies) : null;
    if (limit === null) return allow(grant.by);
    return refuse(limit);
  }
  if (mode !== "or-identity" && grant === null) return refuse("resource");
  return decideByIdentity(question, policies);
}

function decideAcrossAccounts(
  question: StatementQuestion,
  policies: PrincipalPolicies,
  grant: Grant | null,
): Decision {
  if (grant === null) {
    const own = decideByIdentity(question, policies);
    return own.allowed ? refuse("resource") : own;
  }
  if (grant.isFinal) {
    const limit = findLimit(question, policies);
    return limit === null ? allow(null) : refuse(limit);
  }
  return decideByIdentity(question, policies);
}

/** The principal's own side: its policies, as far as its boundary and its session policies let them. */
function decideByIdentity(question: StatementQuestion, policies: PrincipalPolicies): Decision {
  const isRoot = speaksAsRoot(question.principal);
  const by = isRoot ? null : findAllowIn(question, "identity", policies.identity);
  if (by === null && !isRoot) return refuse("identity");
  const limit = findLimit(question, policies);
  return limit === null ? allow(by) : refuse(limit);
}

/** Root, or a federated user whom root vouched for: nothing of their own has to allow. */
function speaksAsRoot(principal: Principal): boolean {
  return (
    principal.kind === "root" || (principal.kind === "federated-user" && principal.issuer.kind === "root")
  );
}

/** The first kind of policy that must allow, and does not; null when none stands in the way. */
function findLimit(question: StatementQuestion, policies: PrincipalPolicies): "boundary" | "session" | null {
  const { boundary, session } = policies;
  // Without a session policy a federated user has nothing but what resources grant it (STS, GetFederationToken).
  if (question.principal.kind === "federated-user" && (session ?? []).length === 0) return "session";
  if (boundary !== null && findAllow(question, "boundary", boundary) === null) return "boundary";
  if (session !== null && findAllowIn(question, "session", session) === null) return "session";
  return null;
}

function findGrant(question: StatementQuestion, resource: ResourcePolicy | null): Grant | null {
  if (resource === null) return null;
  const granted = resource.policy === null ? null : findBestAllow(question, resource.policy);
  if (isDirect(granted)) return granted;
  if ((resource.alsoAllowedBy ?? null) !== null && resource.mode !== "required") {
    const isFinal = resource.alsoAllows !== "account";
    const isSession = ["role-session", "federated-user"].includes(question.principal.kind);
    if (!isFinal) return granted ?? { by: null, match: "account", isFinal };
    return { by: null, match: isSession ? "role" : "principal", isFinal };
  }
  return granted;
}

/** Of several statements that allow, the one that needs the least beside it. */
const RANK = { principal: 0, everyone: 1, role: 2, account: 3, attached: 4 } as const satisfies Record<
  PrincipalMatch,
  number
>;

function findBestAllow(question: StatementQuestion, policy: NamedPolicy): Grant | null {
  let best: Grant | null = null;
  for (const statement of policy.document.statementsFor("Allow", question.action)) {
    const match = statement.match(question);
    if (match === null || match === "attached") continue;
    if (best === null || RANK[match] < RANK[best.match]) {
      best = { by: referTo("resource", policy, statement), match, isFinal: false };
    }
  }
  return best;
}

function findAllow(
  question: StatementQuestion,
  kind: PolicyKind,
  policy: NamedPolicy,
): StatementReference | null {
  return findStatement(question, kind, policy, "Allow");
}

function findAllowIn(
  question: StatementQuestion,
  kind: PolicyKind,
  policies: readonly NamedPolicy[],
): StatementReference | null {
  for (const policy of policies) {
    const found = findAllow(question, kind, policy);
    if (found !== null) return found;
  }
  return null;
}

function findDeny(
  question: StatementQuestion,
  kind: PolicyKind,
  policy: NamedPolicy | null,
): StatementReference | null {
  return policy === null ? null : findStatement(question, kind, policy, "Deny");
}

function findDenyIn(
  question: StatementQuestion,
  kind: PolicyKind,
  policies: readonly NamedPolicy[],
): StatementReference | null {
  for (const policy of policies) {
    const found = findDeny(question, kind, policy);
    if (found !== null) return found;
  }
  return null;
}

function findStatement(
  question: StatementQuestion,
  kind: PolicyKind,
  policy: NamedPolicy,
  effect: Effect,
): StatementReference | null {
  for (const statement of policy.document.statementsFor(effect, question.action)) {
    if (statement.match(question) !== null) return referTo(kind, policy, statement);
  }
  return null;
}

function referTo(policyKind: PolicyKind, policy: NamedPolicy, { sid, index }: Statement): StatementReference {
  return { policyKind, policyName: policy.name, statement: sid === null || sid === "" ? String(index) : sid };
}

import type {
  AuthorizationRequest,
  Decision,
  NamedPolicy,
  PrincipalPolicies,
  ResourcePolicy,
} from "./authorization.ts";
import { evaluate, toQuestion } from "./evaluate.ts";
import type { StatementQuestion } from "./policy-document.ts";
import type { TextSpan } from "./strict-json.ts";

/** As IAM's API names it. */
export type SimulatedDecision = "allowed" | "explicitDeny" | "implicitDeny";

/** A statement that made the decision, as SimulatePrincipalPolicy shows it. */
export interface MatchedStatement {
  readonly policyKind: "identity" | "boundary" | "session" | "resource";
  readonly policyName: string;
  readonly span: TextSpan;
}

export interface Simulation {
  readonly decision: SimulatedDecision;
  /** Those that deny when one does, else those that allow; none for an implicit denial. */
  readonly matchedStatements: readonly MatchedStatement[];
  /** The condition keys that the policies look at and the request does not have, as the policies write them. */
  readonly missingContextKeys: readonly string[];
  /** What the boundary alone says; null without one. */
  readonly isAllowedByBoundary: boolean | null;
}

/** Decides like `evaluate`, and says which statements made the decision and which keys nobody gave. */
export function simulate(
  request: AuthorizationRequest,
  policies: PrincipalPolicies,
  resource: ResourcePolicy | null,
): Simulation {
  const question = toQuestion(request, policies);
  const decision = evaluate(request, policies, resource);
  const named = namePolicies(policies, resource);
  return {
    decision: nameDecision(decision),
    matchedStatements: listMatched(question, decision, named),
    missingContextKeys: listContextKeys(named.map(({ policy }) => policy)).filter((key) => {
      const values = request.context.find(key.toLowerCase());
      return values === undefined || values.length === 0;
    }),
    isAllowedByBoundary: policies.boundary === null ? null : allowsAlone(question, policies.boundary),
  };
}

/** The condition keys that policies look at, each once, as first written: what GetContextKeysFor… answers. */
export function listContextKeys(policies: readonly NamedPolicy[]): readonly string[] {
  const keys = policies.flatMap(({ document }) =>
    document.statements.flatMap(({ contextKeys }) => contextKeys),
  );
  const byName = new Map<string, string>();
  for (const key of keys) {
    if (!byName.has(key.toLowerCase())) byName.set(key.toLowerCase(), key);
  }
  return [...byName.values()];
}

function nameDecision(decision: Decision): SimulatedDecision {
  if (decision.allowed) return "allowed";
  return decision.by === null ? "implicitDeny" : "explicitDeny";
}

interface PlacedPolicy {
  readonly kind: MatchedStatement["policyKind"];
  readonly policy: NamedPolicy;
}

function namePolicies(policies: PrincipalPolicies, resource: ResourcePolicy | null): readonly PlacedPolicy[] {
  const { identity, boundary, session } = policies;
  const ofResource = resource?.policy ?? null;
  return [
    ...identity.map((policy) => ({ kind: "identity", policy }) as const),
    ...(boundary === null ? [] : [{ kind: "boundary", policy: boundary } as const]),
    ...(session ?? []).map((policy) => ({ kind: "session", policy }) as const),
    ...(ofResource === null ? [] : [{ kind: "resource", policy: ofResource } as const]),
  ];
}

function listMatched(
  question: StatementQuestion,
  decision: Decision,
  named: readonly PlacedPolicy[],
): readonly MatchedStatement[] {
  if (!decision.allowed && decision.by === null) return [];
  const effect = decision.allowed ? "Allow" : "Deny";
  return named.flatMap(({ kind, policy }) =>
    policy.document
      .statementsFor(effect, question.action)
      .filter((statement) => statement.match(question) !== null)
      .map(({ span }) => ({ policyKind: kind, policyName: policy.name, span })),
  );
}

function allowsAlone(question: StatementQuestion, { document }: NamedPolicy): boolean {
  const matches = (effect: "Allow" | "Deny"): boolean =>
    document.statementsFor(effect, question.action).some((statement) => statement.match(question) !== null);
  return matches("Allow") && !matches("Deny");
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { element, memberList, type XmlElement } from "@strongroom/wire";
import type { PrincipalPolicies, ResourcePolicy } from "../policy/authorization.ts";
import { joinContexts, mapContext, principalContext } from "../policy/principal-context.ts";
import { type MatchedStatement, type Simulation, simulate } from "../policy/simulate.ts";
import type { TextPosition } from "../policy/strict-json.ts";
import type { Principal } from "../principal.ts";
import type { IamCall } from "./operation.ts";
import { pageOfCount, printPage } from "./page.ts";
import { requireActions, type SimulationInput } from "./simulation-input.ts";
import { compileInput } from "./simulation-source.ts";

type Elements = readonly (XmlElement | undefined)[];

/** Who is simulated, with all policies that count. */
export interface Simulated {
  readonly principal: Principal;
  /** Whether keys of the principal (`aws:username`) are known without being sent. */
  readonly isNamed: boolean;
  readonly policies: PrincipalPolicies;
}

const EVALUATIONS_PER_TURN = 50;

/** Evaluates one page of actions × resources and prints it. Throws InvalidInput, MalformedPolicyDocument. */
export async function runSimulation(
  call: IamCall,
  input: SimulationInput,
  simulated: Simulated,
): Promise<Elements> {
  requireActions(input.actions);
  const resources = input.resources.length === 0 ? ["*"] : input.resources;
  const { start, end, next } = pageOfCount(input.actions.length * resources.length, input.page);
  const resourcePolicy = compileResourcePolicy(input);
  const results: Elements[] = [];
  for (let at = start; at < end; at++) {
    if (results.length % EVALUATIONS_PER_TURN === EVALUATIONS_PER_TURN - 1) await nextTurn();
    const action = input.actions[Math.floor(at / resources.length)] ?? "";
    const resource = resources[at % resources.length] ?? "*";
    const request = {
      principal: simulated.principal,
      action,
      resource,
      resourceAccountId: ownerOf(input.resourceOwner) ?? call.accountId,
      context: contextOf(call, input, simulated),
    };
    const simulation = simulate(request, simulated.policies, resourcePolicy);
    results.push(printResult(action, resource, simulation, input.resources.length > 0));
  }
  return [memberList("EvaluationResults", results, (result) => result), ...printPage({ next })];
}

function contextOf(call: IamCall, input: SimulationInput, { principal, isNamed }: Simulated) {
  const now = mapContext({
    "aws:currenttime": [new Date(call.nowMs).toISOString()],
    "aws:epochtime": [String(Math.floor(call.nowMs / 1000))],
  });
  return isNamed
    ? joinContexts(input.context, principalContext(principal), now)
    : joinContexts(input.context, now);
}

function compileResourcePolicy({ resourcePolicyText }: SimulationInput): ResourcePolicy | null {
  if (resourcePolicyText === null) return null;
  const policy = compileInput("ResourcePolicy", resourcePolicyText, "resource");
  return { policy, mode: "or-identity" };
}

/** The account of a `ResourceOwner`: an ARN, or the number itself. */
function ownerOf(owner: string | null): string | null {
  return owner === null ? null : (/(?:^|::)(\d{12})(?:$|:)/.exec(owner)?.[1] ?? null);
}

function printResult(
  action: string,
  resource: string,
  simulation: Simulation,
  hasResources: boolean,
): Elements {
  const { decision, isAllowedByBoundary } = simulation;
  const boundary =
    isAllowedByBoundary === null
      ? undefined
      : element("PermissionsBoundaryDecisionDetail", [
          element("AllowedByPermissionsBoundary", isAllowedByBoundary),
        ]);
  const shared: Elements = [
    memberList("MatchedStatements", simulation.matchedStatements, printStatement),
    memberList("MissingContextValues", simulation.missingContextKeys, (key) => key),
  ];
  const forResource: Elements = [
    element("EvalResourceName", resource),
    element("EvalResourceDecision", decision),
    ...shared,
    boundary,
  ];
  return [
    element("EvalActionName", action),
    element("EvalResourceName", resource),
    element("EvalDecision", decision),
    ...shared,
    element("OrganizationsDecisionDetail", [element("AllowedByOrganizations", true)]),
    boundary,
    element("EvalDecisionDetails", []),
    hasResources ? element("ResourceSpecificResults", [element("member", forResource)]) : undefined,
  ];
}

const POLICY_TYPES = {
  identity: "IAM Policy",
  boundary: "IAM Policy",
  session: "IAM Policy",
  resource: "Resource Policy",
} as const satisfies Record<MatchedStatement["policyKind"], string>;

function printStatement({ policyKind, policyName, span }: MatchedStatement): Elements {
  return [
    element("SourcePolicyId", policyName.slice(policyName.lastIndexOf("/") + 1)),
    element("SourcePolicyType", POLICY_TYPES[policyKind]),
    // AWS says where its parser stands once it has read the brace.
    element("StartPosition", printPosition({ ...span.start, column: span.start.column + 1 })),
    element("EndPosition", printPosition(span.end)),
  ];
}

function printPosition({ line, column }: TextPosition): Elements {
  return [element("Line", line), element("Column", column)];
}

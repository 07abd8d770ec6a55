import {
  anonymousPrincipal,
  runSimulation,
  type Simulation,
  type SimulationRequestPrincipal,
} from "@cloud-copilot/iam-simulate";
import {
  evaluate,
  mapContext,
  type NamedPolicy,
  type PolicyKind,
  type Principal,
  type PrincipalPolicies,
  parsePolicyDocument,
  type ResourcePolicy,
} from "@strongroom/iam";
import type { PolicyJson, PolicySet } from "./generate-policies.ts";
import type { RequestJson } from "./generate-requests.ts";

export type Verdict = "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied";

export interface OwnAnswer {
  readonly verdict: Verdict;
  /** The kind of policy whose statement allowed or denied; null when none did. */
  readonly by: string | null;
}

/** One of the two engines with a set of policies in it. */
export type OwnEngine = (request: RequestJson) => OwnAnswer;
export type OtherEngine = (request: RequestJson) => Promise<Verdict>;

export function loadOwn(set: PolicySet): OwnEngine {
  const named = (kind: PolicyKind, policy: PolicyJson): NamedPolicy => ({
    name: kind,
    document: parsePolicyDocument(JSON.stringify(policy), { kind, limits: { maxSize: 100_000 } }),
  });
  const resourceKind = ({ s3: "resource", kms: "kms-key", iam: "resource", sts: "trust" } as const)[
    set.subject.service
  ];
  const policies: PrincipalPolicies = {
    identity: set.identity.map((policy) => named("identity", policy)),
    boundary: set.boundary === null ? null : named("identity", set.boundary),
    session: set.session === null ? null : [named("session", set.session)],
  };
  const resource: ResourcePolicy = {
    policy: set.ofResource === null ? null : named(resourceKind, set.ofResource),
    mode: set.subject.mode,
  };
  return ({ action, resource: arn, context }) => {
    const values = Object.entries(context).map(([key, value]) => [key, [value].flat()] as const);
    const decision = evaluate(
      {
        principal: set.principal,
        action,
        resource: arn,
        resourceAccountId: set.resourceAccountId,
        context: mapContext(Object.fromEntries(values)),
      },
      policies,
      resource,
    );
    const by = decision.by?.policyKind ?? null;
    if (decision.allowed) return { verdict: "Allowed", by };
    return { verdict: by === null ? "ImplicitlyDenied" : "ExplicitlyDenied", by };
  };
}

export function loadOther(set: PolicySet): OtherEngine {
  const named = (policy: PolicyJson, at: number): Simulation["identityPolicies"][number] => ({
    name: `p${at}`,
    policy,
  });
  const base: Omit<Simulation, "request"> = {
    identityPolicies: set.identity.map(named),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(set.boundary === null ? {} : { permissionBoundaryPolicies: [named(set.boundary, 0)] }),
    ...(set.session === null ? {} : { sessionPolicy: set.session }),
    ...(set.ofResource === null ? {} : { resourcePolicy: set.ofResource }),
  };
  return async ({ action, resource, context }) => {
    const contextVariables = Object.fromEntries(
      Object.entries(context).map(([key, value]) => [key, typeof value === "string" ? value : [...value]]),
    );
    const request = {
      principal: nameForOther(set.principal),
      action,
      resource: { resource, accountId: set.resourceAccountId },
      contextVariables,
    };
    const answer = await runSimulation({ ...base, request }, {});
    if (answer.resultType !== "single") {
      throw new Error(`the other engine does not answer: ${JSON.stringify(answer)}`);
    }
    const ignored = answer.result.ignoredContextKeys ?? [];
    if (ignored.length > 0) throw new Error(`the other engine ignores ${ignored.join(", ")}`);
    return answer.overallResult;
  };
}

function nameForOther(principal: Principal): SimulationRequestPrincipal {
  switch (principal.kind) {
    case "anonymous":
      return anonymousPrincipal;
    case "service":
      return principal.service;
    case "federated":
      return principal.provider;
    default:
      return principal.arn;
  }
}

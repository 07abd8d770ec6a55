import type { PolicyJson, PolicySet, StatementJson } from "./generate-policies.ts";
import type { RequestJson } from "./generate-requests.ts";

export interface OracleCase {
  readonly set: PolicySet;
  readonly request: RequestJson;
}

/** Takes away statements, conditions, list items and context keys as long as the engines still differ. */
export async function shrinkCase(
  start: OracleCase,
  differs: (candidate: OracleCase) => Promise<boolean>,
): Promise<OracleCase> {
  let best = start;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of smaller(best)) {
      if (!(await differs(candidate))) continue;
      best = candidate;
      isSmaller = true;
      break;
    }
  }
  return best;
}

function* smaller({ set, request }: OracleCase): Generator<OracleCase> {
  if (set.boundary !== null) yield { set: { ...set, boundary: null }, request };
  if (set.session !== null) yield { set: { ...set, session: null }, request };
  if (set.ofResource !== null) yield { set: { ...set, ofResource: null }, request };
  for (const identity of without(set.identity)) yield { set: { ...set, identity }, request };
  for (const name of ["boundary", "session", "ofResource"] as const) {
    const policy = set[name];
    if (policy === null) continue;
    for (const less of smallerPolicies(policy)) yield { set: { ...set, [name]: less }, request };
  }
  for (const [at, policy] of set.identity.entries()) {
    for (const less of smallerPolicies(policy)) {
      yield { set: { ...set, identity: set.identity.with(at, less) }, request };
    }
  }
  for (const key of Object.keys(request.context)) {
    const { [key]: _gone, ...context } = request.context;
    yield { set, request: { ...request, context } };
  }
}

function* smallerPolicies(policy: PolicyJson): Generator<PolicyJson> {
  for (const Statement of without(policy.Statement)) if (Statement.length > 0) yield { ...policy, Statement };
  for (const [at, statement] of policy.Statement.entries()) {
    for (const less of smallerStatements(statement)) {
      yield { ...policy, Statement: policy.Statement.with(at, less) };
    }
  }
}

function* smallerStatements(statement: StatementJson): Generator<StatementJson> {
  const { Condition: conditions, ...others } = statement;
  if (isRecord(conditions)) {
    yield others;
    for (const [operator, keys] of Object.entries(conditions)) {
      if (!isRecord(keys)) continue;
      const { [operator]: _gone, ...rest } = conditions;
      if (Object.keys(rest).length > 0) yield { ...statement, Condition: rest };
      for (const [key, values] of Object.entries(keys)) {
        if (!Array.isArray(values) || values.length < 2) continue;
        for (const less of without(values)) {
          yield { ...statement, Condition: { ...conditions, [operator]: { ...keys, [key]: less } } };
        }
      }
    }
  }
  for (const name of ["Action", "NotAction", "Resource", "NotResource"]) {
    const values = statement[name];
    if (!Array.isArray(values) || values.length < 2) continue;
    for (const less of without(values)) yield { ...statement, [name]: less };
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function without<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return items.map((_, at) => items.toSpliced(at, 1));
}

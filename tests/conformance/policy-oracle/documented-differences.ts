import type { OwnAnswer, Verdict } from "./engines.ts";
import { loadOther } from "./engines.ts";
import type { PolicyJson, PolicySet, StatementJson } from "./generate-policies.ts";
import { namesOf } from "./generate-policies.ts";
import type { RequestJson } from "./generate-requests.ts";

/**
 * A point on which AWS's documentation says that this engine is right (docs/decisions/0006). `spellOut` says the same
 * policies in a way that the other engine reads as AWS does; null where the point does not come up in a case.
 */
interface Difference {
  readonly name: string;
  spellOut(set: PolicySet, request: RequestJson, own: OwnAnswer): PolicySet | null;
}

const DIFFERENCES: readonly Difference[] = [
  {
    name: "a session policy's silence does not bound a resource's grant to the session itself or to everyone",
    spellOut: (set, _request, own) =>
      own.verdict === "Allowed" && own.by === "resource" && set.session !== null
        ? { ...set, session: null }
        : null,
  },
  {
    name: "a Deny with NotPrincipal spares nobody of whom it lists some names and not all",
    spellOut: (set) =>
      set.ofResource?.Statement.some((statement) => deniesHalfListed(statement, set))
        ? { ...set, ofResource: mapStatements(set.ofResource, (one) => denyEveryone(one, set)) }
        : null,
  },
  {
    name: "a pattern of NotResource with a variable without a value leaves out nothing",
    spellOut: (set, request) => mapPolicies(set, (one, policy) => fillNotResource(one, policy, request)),
  },
  {
    name: "negated operators hold against a variable without a value",
    spellOut: (set, request) => mapPolicies(set, (one, policy) => fillNegated(one, policy, request)),
  },
  {
    name: "version 2008-10-17 knows no variables",
    spellOut: (set) =>
      mapPolicies(set, (one, { Version }) => (Version === "2008-10-17" ? escapeDollars(one) : one)),
  },
  {
    name: `\${*} is a star in operators that know no wildcards as well`,
    spellOut: (set) =>
      mapPolicies(set, (one, { Version }) => (Version === "2008-10-17" ? one : writeStars(one))),
  },
  {
    name: "a key that may have several values and has one is compared without a set operator",
    spellOut: (set, request) => mapPolicies(set, (one) => addSetOperators(one, request)),
  },
];

/**
 * Why the engines may differ on a case: the points that, spelled out for the other engine, make it agree. null for a
 * difference that they do not explain.
 */
export async function explainDifference(
  set: PolicySet,
  request: RequestJson,
  own: OwnAnswer,
): Promise<string | null> {
  for (const points of subsets(DIFFERENCES)) {
    let spelled: PolicySet | null = set;
    for (const point of points) spelled = spelled === null ? null : point.spellOut(spelled, request, own);
    if (spelled === null) continue;
    const verdict: Verdict = await loadOther(spelled)(request);
    if (verdict === own.verdict) return points.map(({ name }) => name).join("; ");
  }
  return null;
}

/** All selections of at least one, the smaller ones first. */
function subsets<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: 2 ** items.length - 1 }, (_, at) =>
    items.filter((_item, bit) => ((at + 1) >>> bit) % 2 === 1),
  ).toSorted((one, other) => one.length - other.length);
}

function mapStatements(policy: PolicyJson, change: (statement: StatementJson) => StatementJson): PolicyJson {
  return { ...policy, Statement: policy.Statement.map(change) };
}

function mapPolicies(
  set: PolicySet,
  change: (statement: StatementJson, policy: PolicyJson) => StatementJson,
): PolicySet {
  const changePolicy = (policy: PolicyJson): PolicyJson =>
    mapStatements(policy, (one) => change(one, policy));
  return {
    ...set,
    identity: set.identity.map(changePolicy),
    boundary: set.boundary === null ? null : changePolicy(set.boundary),
    session: set.session === null ? null : changePolicy(set.session),
    ofResource: set.ofResource === null ? null : changePolicy(set.ofResource),
  };
}

function deniesHalfListed(statement: StatementJson, { principal }: PolicySet): boolean {
  const listed = statement["NotPrincipal"];
  if (statement["Effect"] !== "Deny" || typeof listed !== "object" || listed === null) return false;
  const values = Object.entries(listed).flatMap(([kind, list]) =>
    [list].flat().map((value) => `${kind} ${value}`),
  );
  const missing = namesOf(principal).filter(([kind, value]) => !values.includes(`${kind} ${value}`));
  return missing.length > 0;
}

function denyEveryone(statement: StatementJson, set: PolicySet): StatementJson {
  if (!deniesHalfListed(statement, set)) return statement;
  const { NotPrincipal: _listed, ...others } = statement;
  return { ...others, Principal: "*" };
}

const VARIABLE = /\$\{([a-z]+:[^},*?]+)\}/gi;

function hasUnknown(text: string, { Version }: PolicyJson, { context }: RequestJson): boolean {
  if (Version === "2008-10-17") return false;
  return Array.from(text.matchAll(VARIABLE)).some(([, key = ""]) => context[key] === undefined);
}

function fillNotResource(statement: StatementJson, policy: PolicyJson, request: RequestJson): StatementJson {
  const { NotResource, ...others } = statement;
  if (NotResource === undefined) return statement;
  const known = [NotResource].flat().filter((pattern) => !hasUnknown(String(pattern), policy, request));
  return known.length === 0 ? { ...others, Resource: "*" } : { ...others, NotResource: known };
}

function fillNegated(statement: StatementJson, policy: PolicyJson, request: RequestJson): StatementJson {
  return mapConditions(statement, (operator, key, values) => {
    if (!operator.includes("Not")) return [operator, key, values];
    const nothing = operator.includes("Arn") ? "arn:aws:none:::none" : "none of all values";
    const filled = [values]
      .flat()
      .map((value) => (hasUnknown(String(value), policy, request) ? nothing : value));
    return [operator, key, filled];
  });
}

function addSetOperators(statement: StatementJson, { context }: RequestJson): StatementJson {
  const isLonely = (key: string): boolean =>
    Object.entries(context).some(
      ([name, value]) =>
        name.toLowerCase() === key.toLowerCase() && Array.isArray(value) && value.length === 1,
    );
  // With one value the two set operators say the same: take the one that the statement does not use yet.
  const used = JSON.stringify(statement["Condition"] ?? {});
  return mapConditions(statement, (operator, key, values) => {
    if (operator.includes(":") || operator === "Null" || !isLonely(key)) return [operator, key, values];
    const prefix = used.includes(`"ForAnyValue:${operator}"`) ? "ForAllValues" : "ForAnyValue";
    return [`${prefix}:${operator}`, key, values];
  });
}

function escapeDollars(statement: StatementJson): StatementJson {
  return Object.fromEntries(Object.entries(statement).map(([name, value]) => [name, escapeIn(value)]));
}

function escapeIn(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(`\${`, `\${$}{`);
  if (Array.isArray(value)) return value.map(escapeIn);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, escapeIn(item)]));
}

function writeStars(statement: StatementJson): StatementJson {
  return mapConditions(statement, (operator, key, values) => {
    if (!/String(?:Not)?Equals/.test(operator)) return [operator, key, values];
    return [operator, key, [values].flat().map((value) => String(value).replaceAll(`\${*}`, "*"))];
  });
}

type ConditionEntry = readonly [operator: string, key: string, values: unknown];

function mapConditions(
  statement: StatementJson,
  change: (...entry: ConditionEntry) => ConditionEntry,
): StatementJson {
  const { Condition: conditions, ...others } = statement;
  if (typeof conditions !== "object" || conditions === null) return statement;
  const changed: Record<string, Record<string, unknown>> = {};
  for (const [operator, keys] of Object.entries<Readonly<Record<string, unknown>>>({ ...conditions })) {
    for (const [key, values] of Object.entries(keys)) {
      const [newOperator, newKey, newValues] = change(operator, key, values);
      // Where two entries would meet, the statement would say less than before: leave it as it was.
      if (changed[newOperator]?.[newKey] !== undefined) return statement;
      changed[newOperator] = { ...changed[newOperator], [newKey]: newValues };
    }
  }
  return { ...others, Condition: changed };
}

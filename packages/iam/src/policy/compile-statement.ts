import type { ConditionContext } from "./authorization.ts";
import { type Condition, compileCondition } from "./conditions/condition.ts";
import type { PolicyValue } from "./conditions/operators.ts";
import type { PatternElement, Statement } from "./policy-document.ts";
import { malformed } from "./policy-error.ts";
import type { PolicyKind } from "./policy-limits.ts";
import { listVariables, parseTemplate } from "./policy-variables.ts";
import { readActions, readEffect, readPrincipals, readResources, readSid } from "./statement-elements.ts";
import type { JsonObject, JsonValue, TextSpan } from "./strict-json.ts";
import { compileTemplate } from "./template-matcher.ts";
import { compileWildcard, parseWildcards } from "./wildcard.ts";

export interface StatementRules {
  readonly kind: PolicyKind;
  /** Whether the policy's version knows variables. */
  readonly hasVariables: boolean;
  spanOf(object: JsonObject): TextSpan;
}

const ELEMENTS: ReadonlySet<string> = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
/** The prefix is a service, or host and path of an identity provider: `id.example.com/tenant:aud`. */
const CONDITION_KEY = /^[A-Za-z0-9][^\s:]*:[^\s]+$/;

/** Compiles the statement with number `index`. Throws a PolicyError that names the element. */
export function compileStatement(value: JsonValue, index: number, rules: StatementRules): Statement {
  const place = `Statement[${index}]`;
  const { kind } = rules;
  if (!(value instanceof Map)) throw malformed("Syntax errors in policy: a statement is no object", place);
  for (const name of value.keys()) {
    if (!ELEMENTS.has(name)) throw malformed(`Unknown field ${name.slice(0, 200)}`, place);
  }
  const effect = readEffect(value.get("Effect"), `${place}.Effect`);
  const principals = readPrincipals(value, kind, effect, place);
  const actions = readActions(value, kind, place);
  const resources = readResources(value, kind, place);
  const conditions = readConditions(value.get("Condition"), rules, `${place}.Condition`);
  const actionMatches = compileActions(actions);
  const resourceMatches = compileResources(resources, rules, place);
  return {
    sid: readSid(value.get("Sid"), kind, `${place}.Sid`),
    index,
    effect,
    span: rules.spanOf(value),
    principals,
    actions,
    resources,
    conditions,
    contextKeys: listContextKeys(resources, conditions, rules),
    match: (question) => {
      if (!actionMatches(question.action)) return null;
      if (!resourceMatches(question.resource, question.context)) return null;
      const match = principals === null ? "attached" : principals.match(question, effect);
      if (match === null) return null;
      for (const condition of conditions) if (!condition.holds(question.context)) return null;
      return match;
    },
  };
}

function readConditions(
  value: JsonValue | undefined,
  rules: StatementRules,
  place: string,
): readonly Condition[] {
  if (value === undefined) return [];
  if (!(value instanceof Map)) throw malformed("Syntax errors in policy: Condition is no object", place);
  return [...value].flatMap(([operator, keys]) => {
    const at = `${place}.${operator.slice(0, 200)}`;
    if (!(keys instanceof Map)) throw malformed("Syntax errors in policy: an operator is no object", at);
    return [...keys].map(([key, values]) => {
      if (!CONDITION_KEY.test(key)) {
        throw malformed(
          "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
          `${at}.${key.slice(0, 200)}`,
        );
      }
      return compileCondition(
        operator,
        key,
        readConditionValues(values, rules, `${at}.${key.slice(0, 200)}`),
        at,
      );
    });
  });
}

function readConditionValues(
  value: JsonValue,
  { hasVariables }: StatementRules,
  place: string,
): readonly PolicyValue[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  if (items.length === 0) throw malformed("Syntax errors in policy: an empty list", place);
  return items.map((item, at) => {
    const itemPlace = Array.isArray(value) ? `${place}[${at}]` : place;
    if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean") {
      throw malformed("Syntax errors in policy: a value is no text, number or boolean", itemPlace);
    }
    return { text: String(item), hasVariables, place: itemPlace };
  });
}

/** Actions are compared without case, and exact ones by lookup. */
function compileActions({ isNegated, patterns }: PatternElement): (action: string) => boolean {
  const lower = patterns.map((pattern) => pattern.toLowerCase());
  const exact = new Set(lower.filter((pattern) => !/[*?]/.test(pattern)));
  const wild = lower
    .filter((pattern) => /[*?]/.test(pattern))
    .map((pattern) => compileWildcard(parseWildcards(pattern)));
  return (action) => (exact.has(action) || wild.some((matches) => matches(action))) !== isNegated;
}

/**
 * A pattern with a variable that has no value matches no resource, in Resource as in NotResource (IAM User Guide,
 * "Policy variables with no value").
 */
function compileResources(
  element: PatternElement | null,
  { hasVariables }: StatementRules,
  place: string,
): (resource: string, context: ConditionContext) => boolean {
  if (element === null) return () => true;
  const { isNegated, patterns } = element;
  const tests = patterns.map((pattern) =>
    compileTemplate(parseTemplate(pattern, hasVariables, `${place}.Resource`)),
  );
  return (resource, context) => {
    for (const matches of tests) if (matches(resource, context) === true) return !isNegated;
    return isNegated;
  };
}

function listContextKeys(
  resources: PatternElement | null,
  conditions: readonly Condition[],
  { hasVariables }: StatementRules,
): readonly string[] {
  const texts = [...(resources?.patterns ?? []), ...conditions.flatMap(({ values }) => values)];
  const variables = hasVariables ? texts.flatMap(listVariables) : [];
  const keys = [...conditions.map(({ writtenKey }) => writtenKey), ...variables];
  return [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()];
}

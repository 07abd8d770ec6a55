import type { ConditionContext } from "./authorization.ts";
import { type Condition, compileCondition } from "./conditions/condition.ts";
import type { PatternElement, Statement } from "./policy-document.ts";
import { malformed } from "./policy-error.ts";
import type { PolicyKind } from "./policy-limits.ts";
import { asFixed, parseTemplate, substitute } from "./policy-variables.ts";
import { compilePrincipals, type PrincipalElement } from "./principal-element.ts";
import type { JsonObject, JsonValue } from "./strict-json.ts";
import { compileWildcard, parseWildcards } from "./wildcard.ts";

export interface StatementRules {
  readonly kind: PolicyKind;
  readonly hasVariables: boolean;
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
const SID = /^[A-Za-z0-9]*$/;
/** `*`, `*:*`, or a service and a pattern of its actions. */
const ACTION = /^(?:\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
/** This server is one partition. */
const RESOURCE = /^(?:\*|arn:(?:aws|\*):[a-z0-9*?-]+:[^:]*:[^:]*:.+)$/s;
const CONDITION_KEY = /^[A-Za-z0-9-]+:[^\s]+$/;

/** Compiles the statement with number `index`. Throws a PolicyError that names the element. */
export function compileStatement(value: JsonValue, index: number, rules: StatementRules): Statement {
  const place = `Statement[${index}]`;
  if (!(value instanceof Map)) throw malformed("Syntax errors in policy: a statement is no object", place);
  for (const name of value.keys()) {
    if (!ELEMENTS.has(name)) throw malformed(`Unknown field ${name}`, `${place}.${name}`);
  }
  const effect = value.get("Effect");
  if (effect === undefined) throw malformed("Missing required field Effect", `${place}.Effect`);
  if (effect !== "Allow" && effect !== "Deny") {
    throw malformed(`Invalid effect: ${printBriefly(effect)}`, `${place}.Effect`);
  }
  const principals = readPrincipals(value, rules, place);
  const actions = readActions(value, place);
  const resources = readResources(value, rules, place);
  const conditions = readConditions(value.get("Condition"), rules, `${place}.Condition`);
  const actionMatches = compileActions(actions);
  const resourceMatches = resources === null ? always : compileResources(resources, rules, place);
  return {
    sid: readSid(value.get("Sid"), rules, `${place}.Sid`),
    index,
    effect,
    principals,
    actions,
    resources,
    conditions,
    match: (question) => {
      if (!actionMatches(question.action)) return null;
      if (!resourceMatches(question.resource, question.context)) return null;
      const match = principals === null ? "attached" : principals.match(question.principal, effect);
      if (match === null) return null;
      return conditions.every((condition) => condition.holds(question.context)) ? match : null;
    },
  };
}

const always = (): boolean => true;

function printBriefly(value: JsonValue): string {
  return typeof value === "string" ? value.slice(0, 200) : "not a text";
}

function readSid(value: JsonValue | undefined, { kind }: StatementRules, place: string): string | null {
  if (value === undefined) return null;
  // IAM allows letters and digits alone; policies of resources may use any text.
  const isStrict = kind === "identity" || kind === "session" || kind === "trust";
  if (typeof value !== "string" || (isStrict && !SID.test(value))) {
    throw malformed("Statement IDs (SID) must be alpha-numeric.", place);
  }
  return value;
}

function readPrincipals(
  statement: JsonObject,
  { kind }: StatementRules,
  place: string,
): PrincipalElement | null {
  const names = ["Principal", "NotPrincipal"].filter((name) => statement.has(name));
  const [name, second] = names;
  if (kind === "identity" || kind === "session") {
    if (name === undefined) return null;
    throw malformed("Policy document should not specify a principal.", `${place}.${name}`);
  }
  if (name === undefined) throw malformed("Missing required field Principal", `${place}.Principal`);
  if (second !== undefined)
    throw malformed("Syntax errors in policy: both Principal and NotPrincipal", place);
  if (kind === "trust" && name === "NotPrincipal" && statement.get("Effect") === "Allow") {
    throw malformed("Syntax errors in policy: Allow with NotPrincipal", `${place}.${name}`);
  }
  const value = statement.get(name) ?? null;
  return compilePrincipals(value, name === "NotPrincipal", kind === "bucket", `${place}.${name}`);
}

function readActions(statement: JsonObject, place: string): PatternElement {
  const element = readPatterns(statement, "Action", place);
  if (element === null) throw malformed("Policy statement must contain actions.", `${place}.Action`);
  element.patterns.forEach((pattern, at) => {
    if (ACTION.test(pattern)) return;
    const name = element.isNegated ? "NotAction" : "Action";
    throw malformed(explainAction(pattern), `${place}.${name}[${at}]`);
  });
  return element;
}

function explainAction(pattern: string): string {
  const colons = pattern.split(":").length - 1;
  if (colons === 0) return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  if (colons > 1) return "Actions/Condition can contain only one colon.";
  return `Policy has invalid action: ${pattern.slice(0, 200)}`;
}

function readResources(
  statement: JsonObject,
  { kind }: StatementRules,
  place: string,
): PatternElement | null {
  const element = readPatterns(statement, "Resource", place);
  if (kind === "trust") {
    if (element === null) return null;
    throw malformed("Has prohibited field Resource", `${place}.Resource`);
  }
  if (element === null) throw malformed("Policy statement must contain resources.", `${place}.Resource`);
  element.patterns.forEach((pattern, at) => {
    if (RESOURCE.test(pattern)) return;
    const name = element.isNegated ? "NotResource" : "Resource";
    throw malformed(explainResource(pattern), `${place}.${name}[${at}]`);
  });
  return element;
}

function explainResource(pattern: string): string {
  const shown = pattern.slice(0, 200);
  const [scheme, partition] = pattern.split(":", 2);
  if (scheme === "arn" && partition !== undefined && partition !== "aws" && partition !== "*") {
    return `Partition "${partition.slice(0, 200)}" is not valid for resource "${shown}".`;
  }
  return `Resource ${shown} must be in ARN format or "*".`;
}

/** The values of `name` or of `Not` and `name`; null when the statement has neither. */
function readPatterns(statement: JsonObject, name: string, place: string): PatternElement | null {
  const plain = statement.get(name);
  const negated = statement.get(`Not${name}`);
  if (plain !== undefined && negated !== undefined) {
    throw malformed(`Syntax errors in policy: both ${name} and Not${name}`, place);
  }
  const isNegated = negated !== undefined;
  const value = plain ?? negated;
  if (value === undefined) return null;
  return { isNegated, patterns: readTexts(value, `${place}.${isNegated ? "Not" : ""}${name}`) };
}

function readTexts(value: JsonValue, place: string): readonly string[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  if (items.length === 0) throw malformed("Syntax errors in policy: an empty list", place);
  return items.map((item, at) => {
    if (typeof item === "string" && item !== "") return item;
    throw malformed("Syntax errors in policy: not a text", Array.isArray(value) ? `${place}[${at}]` : place);
  });
}

function readConditions(
  value: JsonValue | undefined,
  rules: StatementRules,
  place: string,
): readonly Condition[] {
  if (value === undefined) return [];
  if (!(value instanceof Map)) throw malformed("Syntax errors in policy: Condition is no object", place);
  return [...value].flatMap(([operator, keys]) => {
    const at = `${place}.${operator}`;
    if (!(keys instanceof Map)) throw malformed("Syntax errors in policy: an operator is no object", at);
    return [...keys].map(([key, values]) => {
      if (!CONDITION_KEY.test(key)) {
        throw malformed(
          "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
          `${at}.${key}`,
        );
      }
      return compileCondition(operator, key, readConditionValues(values, rules, `${at}.${key}`), at);
    });
  });
}

function readConditionValues(
  value: JsonValue,
  { hasVariables }: StatementRules,
  place: string,
): readonly { text: string; hasVariables: boolean; place: string }[] {
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
 * A variable without a value makes its pattern match nothing, and a NotResource, where that would widen the statement,
 * not apply at all.
 */
function compileResources(
  { isNegated, patterns }: PatternElement,
  { hasVariables }: StatementRules,
  place: string,
): (resource: string, context: ConditionContext) => boolean {
  const tests = patterns.map((pattern) => {
    const tokens = parseTemplate(pattern, hasVariables, `${place}.Resource`);
    const fixed = asFixed(tokens);
    if (fixed !== null) return compileWildcard(fixed);
    return (resource: string, context: ConditionContext): boolean => {
      const filled = substitute(tokens, context);
      return filled === null ? isNegated : compileWildcard(filled)(resource);
    };
  });
  return (resource, context) => tests.some((matches) => matches(resource, context)) !== isNegated;
}

import type { Effect, PatternElement } from "./policy-document.ts";
import { malformed } from "./policy-error.ts";
import type { PolicyKind } from "./policy-limits.ts";
import { compilePrincipals, type PrincipalElement } from "./principal-element.ts";
import type { JsonObject, JsonValue } from "./strict-json.ts";

const SID = /^[A-Za-z0-9]*$/;
/** `*`, `*:*`, or a service and a pattern of its actions. */
const ACTION = /^(?:\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const WHOLE_ARN = /^arn:(?:aws|\*):[a-z0-9-]+:[^:]*:[^:]*:.+$/s;
/** An ARN that ends early with a star: its other parts may be anything. */
const OPEN_ARN = /^arn:(?:aws|\*)?(?::[^:]*){0,3}\*$/;

/** Null for a statement without one. Throws where IAM's rule (letters and digits) applies and is broken. */
export function readSid(value: JsonValue | undefined, kind: PolicyKind, place: string): string | null {
  if (value === undefined) return null;
  // Policies of resources may use any text.
  const isStrict = kind === "identity" || kind === "session" || kind === "trust";
  if (typeof value !== "string" || (isStrict && !SID.test(value))) {
    throw malformed("Statement IDs (SID) must be alpha-numeric.", place);
  }
  return value;
}

export function readEffect(value: JsonValue | undefined, place: string): Effect {
  if (value === undefined) throw malformed("Missing required field Effect", place);
  if (value === "Allow" || value === "Deny") return value;
  throw malformed(`Invalid effect: ${typeof value === "string" ? value.slice(0, 200) : "not a text"}`, place);
}

/** Principal or NotPrincipal: none in a principal's own policies, exactly one in a resource's. */
export function readPrincipals(
  statement: JsonObject,
  kind: PolicyKind,
  effect: Effect,
  place: string,
): PrincipalElement | null {
  const [name, second] = ["Principal", "NotPrincipal"].filter((one) => statement.has(one));
  if (kind === "identity" || kind === "session") {
    if (name === undefined) return null;
    throw malformed("Policy document should not specify a principal.", `${place}.${name}`);
  }
  if (name === undefined) throw malformed("Missing required field Principal", `${place}.Principal`);
  if (second !== undefined)
    throw malformed("Syntax errors in policy: both Principal and NotPrincipal", place);
  const isNegated = name === "NotPrincipal";
  if (kind === "trust" && isNegated && effect === "Allow") {
    throw malformed("AssumeRole policy may not allow with NotPrincipal", `${place}.${name}`);
  }
  return compilePrincipals(statement.get(name) ?? null, isNegated, kind === "bucket", `${place}.${name}`);
}

export function readActions(statement: JsonObject, kind: PolicyKind, place: string): PatternElement {
  const element = readPatterns(statement, "Action", place);
  if (element === null) throw malformed("Policy statement must contain actions.", `${place}.Action`);
  element.patterns.forEach((pattern, at) => {
    const why = explainAction(pattern, kind);
    if (why !== null) throw malformed(why, `${place}.${element.isNegated ? "Not" : ""}Action[${at}]`);
  });
  return element;
}

function explainAction(pattern: string, kind: PolicyKind): string | null {
  if (!ACTION.test(pattern)) {
    const colons = pattern.split(":").length - 1;
    if (colons === 0) return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    if (colons > 1) return "Actions/Condition can contain only one colon.";
    return `Policy has invalid action: ${pattern.slice(0, 200)}`;
  }
  if (kind === "trust" && !/^sts:/i.test(pattern)) {
    return "AssumeRole policy may only specify STS AssumeRole actions.";
  }
  return kind === "bucket" && !/^(?:s3:|\*)/i.test(pattern) ? "Policy has invalid action" : null;
}

/** Resource or NotResource: none in a trust policy, exactly one elsewhere. */
export function readResources(statement: JsonObject, kind: PolicyKind, place: string): PatternElement | null {
  const element = readPatterns(statement, "Resource", place);
  if (kind === "trust") {
    if (element === null) return null;
    throw malformed("Has prohibited field Resource.", `${place}.Resource`);
  }
  if (element === null) throw malformed("Policy statement must contain resources.", `${place}.Resource`);
  element.patterns.forEach((pattern, at) => {
    const why = explainResource(pattern);
    if (why !== null) throw malformed(why, `${place}.${element.isNegated ? "Not" : ""}Resource[${at}]`);
  });
  return element;
}

/** Why a pattern names no resource of this partition; null when it may. */
function explainResource(pattern: string): string | null {
  if (pattern === "*" || OPEN_ARN.test(pattern)) return null;
  const shown = pattern.slice(0, 200);
  const [scheme, partition = "", service, region] = pattern.split(":", 4);
  if (scheme !== "arn") return `Resource ${shown} must be in ARN format or "*".`;
  if (partition !== "aws" && partition !== "*") {
    return `Partition "${partition.slice(0, 200)}" is not valid for resource "${shown}".`;
  }
  if (!WHOLE_ARN.test(pattern)) return "Resource vendor must be fully qualified and cannot contain regexes.";
  if (region !== "" && region !== "*" && service === "s3") {
    return `Resource ${shown} can not contain region information.`;
  }
  if (region !== "" && region !== "*" && service === "iam") {
    return `IAM resource ${shown} cannot contain region information.`;
  }
  return null;
}

/** The values of `name` or of `Not` and `name`; null when the statement has neither. */
function readPatterns(statement: JsonObject, name: string, place: string): PatternElement | null {
  const plain = statement.get(name);
  const negated = statement.get(`Not${name}`);
  if (plain !== undefined && negated !== undefined) {
    throw malformed(`Syntax errors in policy: both ${name} and Not${name}`, place);
  }
  const value = plain ?? negated;
  if (value === undefined) return null;
  const isNegated = negated !== undefined;
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

import type { ConditionContext } from "../authorization.ts";
import { malformed } from "../policy-error.ts";
import {
  asFixed,
  isVariable,
  parseTemplate,
  printLiteral,
  substitute,
  type TemplateToken,
} from "../policy-variables.ts";
import { compileTemplate } from "../template-matcher.ts";
import { ANY_RUN, type PatternToken, type TextMatcher } from "../wildcard.ts";
import { parseBase64, parseBoolean, parseMoment, parseNumber } from "./condition-values.ts";
import { parseIpAddress, parseIpRange } from "./ip-network.ts";

/** Whether one value of the request fits one value of the policy. */
export type ValueTest = (value: string, context: ConditionContext) => boolean;

/** A value as a policy writes it. */
export interface PolicyValue {
  readonly text: string;
  readonly hasVariables: boolean;
  readonly place: string;
}

export interface Operator {
  /** True for the `Not` operators: they hold when no value of the policy fits. */
  readonly isNegated: boolean;
  /** Throws a PolicyError for a value that the operator cannot compare with. */
  compile(value: PolicyValue): ValueTest;
}

type TokenTest = (tokens: readonly PatternToken[]) => TextMatcher;

const like: Operator["compile"] = ({ text, hasVariables, place }) =>
  fitsTemplate(parseTemplate(text, hasVariables, place));

/** A value that depends on a variable without one is like nothing. */
function fitsTemplate(tokens: readonly TemplateToken[]): ValueTest {
  const matches = compileTemplate(tokens);
  return (value, context) => matches(value, context) ?? false;
}

/** Operators for equal texts take variables: without any the test is made once, with some for each request. */
function textual(
  compile: TokenTest,
  prepare: (value: string) => string = (value) => value,
): Operator["compile"] {
  return ({ text, hasVariables, place }) => {
    const tokens = parseTemplate(text, hasVariables, place);
    const fixed = asFixed(tokens);
    if (fixed !== null) {
      const matches = compile(fixed);
      return (value) => matches(prepare(value));
    }
    return (value, context) => {
      const filled = substitute(tokens, context);
      return filled !== null && compile(filled)(prepare(value));
    };
  };
}

const equals: TokenTest = (tokens) => {
  const wanted = printLiteral(tokens);
  return (value) => value === wanted;
};

const equalsIgnoringCase: TokenTest = (tokens) => {
  const wanted = printLiteral(tokens).toLowerCase();
  return (value) => value === wanted;
};

/** Operators whose values are parsed: an unparsable value of the request fits nothing. */
function parsed<Value>(
  parse: (text: string) => Value | null,
  kind: string,
  fits: (actual: Value, wanted: Value) => boolean,
): Operator["compile"] {
  return ({ text, place }) => {
    const wanted = parse(text);
    if (wanted === null)
      throw malformed(`Syntax errors in policy: ${JSON.stringify(text)} is not ${kind}`, place);
    return (value) => {
      const actual = parse(value);
      return actual !== null && fits(actual, wanted);
    };
  };
}

const inNetwork: Operator["compile"] = ({ text, place }) => {
  const range = parseIpRange(text);
  if (range === null) {
    throw malformed(`Syntax errors in policy: ${JSON.stringify(text)} is not an address or a range`, place);
  }
  return (value) => {
    const address = parseIpAddress(value);
    return address !== null && range.contains(address);
  };
};

const ARN_PARTS = 6;

/** Compares part by part, so that a wildcard of one part never reaches into the next; the sixth keeps its colons. */
const likeArn: Operator["compile"] = ({ text, hasVariables, place }) => {
  const tokens = parseTemplate(text, hasVariables, place);
  const parts = splitArnTemplate(tokens);
  if (parts.length === 1 && parts[0]?.length === 1 && parts[0][0] === ANY_RUN) {
    return (value) => splitArn(value) !== null;
  }
  if (parts.length === ARN_PARTS) return compileParts(parts);
  if (!parts.some((part) => part.some(isVariable))) {
    throw malformed(`Syntax errors in policy: ${JSON.stringify(text)} is not an ARN`, place);
  }
  // A variable stands for several parts: how many is known once it is filled in.
  return (value, context) => {
    const filled = substitute(tokens, context);
    const known = filled === null ? [] : splitArnTemplate(filled);
    return known.length === ARN_PARTS && compileParts(known)(value, context);
  };
};

function compileParts(parts: readonly (readonly TemplateToken[])[]): ValueTest {
  const tests = parts.map(fitsTemplate);
  return (value, context) => {
    const actual = splitArn(value);
    return actual?.every((part, at) => tests[at]?.(part, context) === true) ?? false;
  };
}

function splitArn(text: string): readonly string[] | null {
  const parts = text.split(":");
  if (parts.length < ARN_PARTS || parts[0] !== "arn") return null;
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(":")];
}

/** Splits at the first five colons that the policy writes; colons of a variable's value do not count. */
function splitArnTemplate(tokens: readonly TemplateToken[]): readonly (readonly TemplateToken[])[] {
  const parts: TemplateToken[][] = [[]];
  for (const token of tokens) {
    if (typeof token !== "string" || isVariable(token)) {
      parts.at(-1)?.push(token);
      continue;
    }
    token.split(":").forEach((piece, at) => {
      if (at > 0 && parts.length < ARN_PARTS) parts.push([]);
      else if (at > 0) parts.at(-1)?.push(":");
      if (piece !== "") parts.at(-1)?.push(piece);
    });
  }
  return parts;
}

const NUMBERS = (fits: (actual: number, wanted: number) => boolean) => parsed(parseNumber, "a number", fits);
const MOMENTS = (fits: (actual: number, wanted: number) => boolean) => parsed(parseMoment, "a date", fits);
const lowerCase = (value: string): string => value.toLowerCase();

const positive = (compile: Operator["compile"]): Operator => ({ isNegated: false, compile });
const negated = (compile: Operator["compile"]): Operator => ({ isNegated: true, compile });

/** Every condition operator but `Null`, by its name without set prefix and `IfExists`. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["StringEquals", positive(textual(equals))],
  ["StringNotEquals", negated(textual(equals))],
  ["StringEqualsIgnoreCase", positive(textual(equalsIgnoringCase, lowerCase))],
  ["StringNotEqualsIgnoreCase", negated(textual(equalsIgnoringCase, lowerCase))],
  ["StringLike", positive(like)],
  ["StringNotLike", negated(like)],
  ["NumericEquals", positive(NUMBERS((actual, wanted) => actual === wanted))],
  ["NumericNotEquals", negated(NUMBERS((actual, wanted) => actual === wanted))],
  ["NumericLessThan", positive(NUMBERS((actual, wanted) => actual < wanted))],
  ["NumericLessThanEquals", positive(NUMBERS((actual, wanted) => actual <= wanted))],
  ["NumericGreaterThan", positive(NUMBERS((actual, wanted) => actual > wanted))],
  ["NumericGreaterThanEquals", positive(NUMBERS((actual, wanted) => actual >= wanted))],
  ["DateEquals", positive(MOMENTS((actual, wanted) => actual === wanted))],
  ["DateNotEquals", negated(MOMENTS((actual, wanted) => actual === wanted))],
  ["DateLessThan", positive(MOMENTS((actual, wanted) => actual < wanted))],
  ["DateLessThanEquals", positive(MOMENTS((actual, wanted) => actual <= wanted))],
  ["DateGreaterThan", positive(MOMENTS((actual, wanted) => actual > wanted))],
  ["DateGreaterThanEquals", positive(MOMENTS((actual, wanted) => actual >= wanted))],
  ["Bool", positive(parsed(parseBoolean, "true or false", (actual, wanted) => actual === wanted))],
  ["BinaryEquals", positive(parsed(parseBase64, "base64", (actual, wanted) => actual === wanted))],
  ["IpAddress", positive(inNetwork)],
  ["NotIpAddress", negated(inNetwork)],
  ["ArnEquals", positive(likeArn)],
  ["ArnLike", positive(likeArn)],
  ["ArnNotEquals", negated(likeArn)],
  ["ArnNotLike", negated(likeArn)],
]);

import type { ConditionContext } from "./authorization.ts";
import { malformed } from "./policy-error.ts";
import { ANY_ONE, ANY_RUN, type PatternToken, parseWildcards } from "./wildcard.ts";

/** `${key}` or `${key, 'default'}`: replaced by the request's value of a condition key. */
export interface PolicyVariable {
  /** In lower case. */
  readonly key: string;
  readonly fallback: string | null;
}

export type TemplateToken = PatternToken | PolicyVariable;

const VARIABLE = /\$\{([^{}]*)\}/;
/** The prefix is a service, or host and path of an identity provider: `id.example.com/tenant:sub`. */
const REFERENCE = /^([A-Za-z0-9][^\s:,'"]*:[^,'"]+?)\s*(?:,\s*'([^']*)'\s*)?$/;

/**
 * Splits a text of a policy into literals, wildcards and variables. `${*}`, `${?}` and `${$}` are the characters
 * themselves. With `hasVariables` false (version 2008-10-17) a `${` means nothing special.
 */
export function parseTemplate(text: string, hasVariables: boolean, place: string): readonly TemplateToken[] {
  if (!hasVariables || !text.includes("${")) return parseWildcards(text);
  const tokens: TemplateToken[] = [];
  text.split(VARIABLE).forEach((piece, index) => {
    if (index % 2 === 0) {
      if (piece.includes("${")) throw malformed(`Syntax errors in policy: a variable has no end`, place);
      tokens.push(...parseWildcards(piece));
    } else {
      tokens.push(piece === "*" || piece === "?" || piece === "$" ? piece : parseVariable(piece, place));
    }
  });
  return tokens;
}

function parseVariable(text: string, place: string): PolicyVariable {
  const [, key, fallback] = REFERENCE.exec(text.trim()) ?? [];
  if (key === undefined) {
    throw malformed(`Syntax errors in policy: \${${text}} is not a policy variable`, place);
  }
  return { key: key.toLowerCase(), fallback: fallback ?? null };
}

/** The condition keys that a text's variables name, as written. The text was parsed before: it throws for none. */
export function listVariables(text: string): readonly string[] {
  return Array.from(text.matchAll(/\$\{\s*([^{},*?$\s][^{},]*?)\s*[,}]/g), ([, key = ""]) => key);
}

export function isVariable(token: TemplateToken): token is PolicyVariable {
  return typeof token === "object";
}

/** The tokens when they hold no variable, else null. */
export function asFixed(tokens: readonly TemplateToken[]): readonly PatternToken[] | null {
  const fixed = tokens.filter((token): token is PatternToken => !isVariable(token));
  return fixed.length === tokens.length ? fixed : null;
}

/**
 * Puts the request's values in. They stand for themselves: a wildcard in a value is no wildcard. null when a variable
 * has no value (a key with several has none) and no default.
 */
export function substitute(
  tokens: readonly TemplateToken[],
  context: ConditionContext,
): readonly PatternToken[] | null {
  const filled: PatternToken[] = [];
  for (const token of tokens) {
    if (!isVariable(token)) {
      filled.push(token);
      continue;
    }
    const text = variableValue(token, context);
    if (text === null) return null;
    filled.push(text);
  }
  return filled;
}

/** The request's one value of the key, else the default; null without either. */
export function variableValue({ key, fallback }: PolicyVariable, context: ConditionContext): string | null {
  const values = context.find(key);
  return (values?.length === 1 ? values[0] : undefined) ?? fallback;
}

/** A template as plain text, where wildcards are characters like any other. */
export function printLiteral(tokens: readonly PatternToken[]): string {
  return tokens.map((token) => (token === ANY_RUN ? "*" : token === ANY_ONE ? "?" : token)).join("");
}

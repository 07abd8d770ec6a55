import type { ConditionContext } from "./authorization.ts";
import {
  asFixed,
  isVariable,
  type PolicyVariable,
  substitute,
  type TemplateToken,
  variableValue,
} from "./policy-variables.ts";
import { ANY_ONE, ANY_RUN, compileWildcard, matchesSegments } from "./wildcard.ts";

/** Whether a text fits a pattern with variables; null when a variable that it depends on has no value. */
export type TemplateMatcher = (text: string, context: ConditionContext) => boolean | null;

/** What stands between two stars, where no question mark does. */
type Stretch = readonly (string | PolicyVariable)[];

/** Compiles a pattern once, as far as its variables let it: what they stand for is known with each request. */
export function compileTemplate(tokens: readonly TemplateToken[]): TemplateMatcher {
  const fixed = asFixed(tokens);
  if (fixed !== null) return compileWildcard(fixed);
  const stretches = splitStretches(tokens);
  if (stretches === null) {
    return (text, context) => {
      const filled = substitute(tokens, context);
      return filled === null ? null : compileWildcard(filled)(text);
    };
  }
  const head = literalAt(stretches[0]?.[0]);
  const tail = literalAt(stretches.at(-1)?.at(-1));
  const inner = stretches.filter((stretch) => !stretch.some(isVariable)).map((stretch) => stretch.join(""));
  return (text, context) => {
    // No value of a variable could make up for these: most patterns end here.
    if (!text.startsWith(head) || !text.endsWith(tail)) return false;
    for (const literal of inner) if (!text.includes(literal)) return false;
    const filled: string[] = [];
    for (const stretch of stretches) {
      const literal = fillStretch(stretch, context);
      if (literal === null) return null;
      filled.push(literal);
    }
    return matchesSegments(filled, text);
  };
}

function literalAt(piece: string | PolicyVariable | undefined): string {
  return typeof piece === "string" ? piece : "";
}

/** null when a question mark stands anywhere: those patterns are rare, and compiled for each request. */
function splitStretches(tokens: readonly TemplateToken[]): readonly Stretch[] | null {
  const stretches: (string | PolicyVariable)[][] = [[]];
  for (const token of tokens) {
    if (token === ANY_ONE) return null;
    if (token === ANY_RUN) stretches.push([]);
    else stretches.at(-1)?.push(token);
  }
  return stretches;
}

function fillStretch(stretch: Stretch, context: ConditionContext): string | null {
  let literal = "";
  for (const piece of stretch) {
    const text = isVariable(piece) ? variableValue(piece, context) : piece;
    if (text === null) return null;
    literal += text;
  }
  return literal;
}

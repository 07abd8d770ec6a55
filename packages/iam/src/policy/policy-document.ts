import type { Principal } from "../principal.ts";
import type { ConditionContext } from "./authorization.ts";
import type { Condition } from "./conditions/condition.ts";
import type { PrincipalElement, PrincipalMatch } from "./principal-element.ts";
import type { TextSpan } from "./strict-json.ts";

export type Effect = "Allow" | "Deny";

/** A policy that was parsed, validated and compiled. Immutable; may be kept and shared. */
export interface PolicyDocument {
  readonly version: "2012-10-17" | "2008-10-17";
  readonly id: string | null;
  readonly statements: readonly Statement[];
  /** The statements of one effect that may speak of an action (in lower case), in order: a superset, found fast. */
  statementsFor(effect: Effect, action: string): readonly Statement[];
}

/** The patterns of Action or NotAction, of Resource or NotResource. */
export interface PatternElement {
  /** True for NotAction and NotResource. */
  readonly isNegated: boolean;
  readonly patterns: readonly string[];
}

/** What a statement is asked; `action` in lower case. */
export interface StatementQuestion {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  readonly context: ConditionContext;
  /** The principal has a permissions boundary. */
  readonly isBounded: boolean;
}

export interface Statement {
  readonly sid: string | null;
  /** From 0. */
  readonly index: number;
  readonly effect: Effect;
  /** Where it stands in the text. */
  readonly span: TextSpan;
  /** null in policies that are attached to a principal. */
  readonly principals: PrincipalElement | null;
  readonly actions: PatternElement;
  /** null in trust policies, which speak of their own role. */
  readonly resources: PatternElement | null;
  readonly conditions: readonly Condition[];
  /** The condition keys that its conditions and variables look at, each once, as first written. */
  readonly contextKeys: readonly string[];
  /** Whether the statement applies; how it names the principal, or null when something of it does not fit. */
  match(question: StatementQuestion): PrincipalMatch | null;
}

import type { Principal } from "../principal.ts";
import type { ConditionContext } from "./authorization.ts";
import type { Condition } from "./conditions/condition.ts";
import type { PrincipalElement, PrincipalMatch } from "./principal-element.ts";

/** A policy that was parsed, validated and compiled. Immutable; may be kept and shared. */
export interface PolicyDocument {
  readonly version: "2012-10-17" | "2008-10-17";
  readonly id: string | null;
  readonly statements: readonly Statement[];
  /** The statements that may speak of an action, in order; `action` in lower case. A superset, found fast. */
  statementsFor(action: string): readonly Statement[];
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
}

export interface Statement {
  readonly sid: string | null;
  /** From 0. */
  readonly index: number;
  readonly effect: "Allow" | "Deny";
  /** null in policies that are attached to a principal. */
  readonly principals: PrincipalElement | null;
  readonly actions: PatternElement;
  /** null in trust policies, which speak of their own role, and where a key policy leaves it out. */
  readonly resources: PatternElement | null;
  readonly conditions: readonly Condition[];
  /** Whether the statement applies; how it names the principal, or null when something of it does not fit. */
  match(question: StatementQuestion): PrincipalMatch | null;
}

/** A policy that was parsed, validated and compiled. Immutable; may be kept and shared. */
export interface PolicyDocument {
  readonly version: "2012-10-17" | "2008-10-17";
  readonly id: string | null;
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
}

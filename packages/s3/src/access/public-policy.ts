import type { PolicyDocument } from "@strongroom/iam";

export function isPublicPolicy(document: PolicyDocument): boolean {
  return document.statements.some(
    ({ effect, principals, conditions }) =>
      effect === "Allow" &&
      conditions.length === 0 &&
      (principals?.isNegated === true || principals?.named.some(({ value }) => value === "*") === true),
  );
}

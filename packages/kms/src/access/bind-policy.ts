import type { PolicyDocument } from "@strongroom/iam";
import { KmsError } from "../kms-error.ts";
import type { PrincipalDirectory } from "./principal-directory.ts";

/**
 * The policy with its users and roles named by their unique ids: who is made anew under an old name inherits nothing.
 * `text` is what `document` was parsed from. Throws MalformedPolicyDocumentException for principals there are none of.
 */
export async function bindPolicy(
  text: string,
  document: PolicyDocument,
  principals: PrincipalDirectory,
): Promise<string> {
  const ids = new Map<string, string>();
  const named = document.statements.flatMap((statement) => statement.principals?.named ?? []);
  for (const { kind, value } of named) {
    // Unique ids name somebody, or nobody any more: both are harmless.
    if (kind !== "AWS" || value === "*" || !value.startsWith("arn:")) continue;
    const found = await principals.findPrincipal(value);
    if (found === null) {
      throw new KmsError(
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
      );
    }
    if (found.uniqueId !== null) ids.set(value, found.uniqueId);
  }
  if (ids.size === 0) return text;
  // Only principals stand below `"AWS"`: no element, operator or condition key has that name.
  return JSON.stringify(
    JSON.parse(text, (name: string, value: unknown) => (name === "AWS" ? rename(value, ids) : value)),
  );
}

function rename(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => rename(one, ids));
  return typeof value === "string" ? (ids.get(value) ?? value) : value;
}

import type { Principal } from "../principal.ts";
import type { AuthorizationRequest, Decision } from "./authorization.ts";

/**
 * AWS's sentence for a denial. Names the caller, the action, the resource and the kind of policy; never a policy or a
 * statement. Callers give it only to those who may learn it: an outsider gets "Access Denied" alone. Throws for a
 * decision that allows: there is nothing to explain.
 */
export function explainDenial(request: AuthorizationRequest, decision: Decision): string {
  if (decision.allowed) throw new TypeError("an allowed request has no denial to explain");
  const { action, resource } = request;
  const service = action.slice(0, action.indexOf(":")).toLowerCase();
  const who = `User: ${nameOf(request.principal)} is not authorized to perform: ${action}`;
  const where = ` on resource: ${service === "s3" ? `"${resource}"` : resource}`;
  // A statement of a role's trust policy is nobody else's business: STS says no more.
  if (isTrustQuestion(action)) return who + where;
  const why =
    decision.by === null
      ? ` because no ${decision.because} allows the ${action} action`
      : ` with an explicit deny in ${articleOf(decision.because)} ${decision.because}`;
  return who + where + why;
}

function isTrustQuestion(action: string): boolean {
  return /^sts:(?:assumerole|tagsession|setsourceidentity)/i.test(action);
}

const articleOf = (name: string): "a" | "an" => (name.startsWith("i") ? "an" : "a");

function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case "anonymous":
      return "anonymous";
    case "service":
      return principal.service;
    case "federated":
      return principal.subject;
    default:
      return principal.arn;
  }
}

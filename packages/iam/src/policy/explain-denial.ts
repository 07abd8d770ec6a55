import type { Principal } from "../principal.ts";
import type { AuthorizationRequest, Decision } from "./authorization.ts";
import { KIND_NAMES } from "./evaluate.ts";

/**
 * AWS's sentence for a denial. Names the caller, the action, the resource and the kind of policy; never a policy or a
 * statement. Callers give it only to those who may learn it: an outsider gets "Access Denied" alone. Throws for a
 * decision that allows: there is nothing to explain.
 */
export function explainDenial(request: AuthorizationRequest, decision: Decision): string {
  if (decision.allowed) throw new TypeError("an allowed request has no denial to explain");
  const { action, resource } = request;
  // Somebody with a web identity is no user yet, and no role's name is confirmed to them.
  if (request.principal.kind === "federated") return `Not authorized to perform ${action}`;
  const service = action.slice(0, action.indexOf(":")).toLowerCase();
  const who = `User: ${nameOf(request.principal)} is not authorized to perform: ${action}`;
  const where = ` on resource: ${service === "s3" ? `"${resource}"` : resource}`;
  // STS says nothing of a role's trust policy: it is the role's, perhaps another account's.
  if (service === "sts" && decision.because === KIND_NAMES.resource) return who + where;
  const why =
    decision.by === null
      ? ` because no ${decision.because} allows the ${action} action`
      : ` with an explicit deny in ${articleOf(decision.because)} ${decision.because}`;
  return who + where + why;
}

const articleOf = (name: string): "a" | "an" => (name.startsWith("i") ? "an" : "a");

function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case "anonymous":
      return "anonymous";
    case "service":
      return principal.service;
    case "federated":
      return principal.provider;
    default:
      return principal.arn;
  }
}

import { arnOf, type Role } from "../identities/entities.ts";
import type { AuthorizationRequest, ConditionContext, ResourcePolicy } from "../policy/authorization.ts";
import { explainDenial } from "../policy/explain-denial.ts";
import { requestContext } from "../request-context.ts";
import { StsError } from "./sts-error.ts";
import type { SignedStsRequest, StsServices } from "./sts-operation.ts";

interface Question {
  readonly action: string;
  readonly resource: string;
  readonly resourceAccountId: string;
  /** Keys of STS beside the global ones. */
  readonly context: ConditionContext;
  readonly resourcePolicy: ResourcePolicy | null;
}

/** Throws AccessDenied in AWS's words when the caller may not do this. */
export async function authorizeCall(
  request: SignedStsRequest,
  services: StsServices,
  question: Question,
): Promise<void> {
  const { caller, facts } = request;
  const asked: AuthorizationRequest = {
    principal: caller.principal,
    action: question.action,
    resource: question.resource,
    resourceAccountId: question.resourceAccountId,
    context: requestContext(facts, caller, question.context),
  };
  const decision = await services.authorization.decide(
    asked,
    question.resourcePolicy,
    caller.session === null ? null : caller.session.policies,
  );
  if (decision.allowed) return;
  // Of a role's trust nothing is told, not even whether there is a role.
  if (question.resourcePolicy?.mode === "required") throw deniedCall(request, asked.action, asked.resource);
  throw new StsError("AccessDenied", explainDenial(asked, decision));
}

/** A role's trust policy as what guards it. */
export function trustOf(role: Role, services: Pick<StsServices, "identities">): ResourcePolicy {
  const document = services.identities.compile("trust", role.trustPolicy);
  return { policy: { name: arnOf(role), document }, mode: "required" };
}

/** AWS's answer for a role that may not be assumed, whether it is there or not. */
export function deniedCall(request: SignedStsRequest, action: string, resource: string): StsError {
  const { principal } = request.caller;
  const who = "arn" in principal ? principal.arn : principal.kind;
  return new StsError(
    "AccessDenied",
    `User: ${who} is not authorized to perform: ${action} on resource: ${resource}`,
  );
}

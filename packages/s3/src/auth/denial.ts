import { type AuthorizationRequest, type Decision, explainDenial } from "@strongroom/iam";
import { type S3Error, s3Error } from "../errors.ts";

/**
 * AccessDenied as S3 says it. Only people of the account that owns the thing are told why: to everybody else it might
 * as well not exist.
 */
export function accessDenied(request: AuthorizationRequest, decision: Decision): S3Error {
  return isInsider(request)
    ? s3Error("AccessDenied", { message: explainDenial(request, decision) })
    : s3Error("AccessDenied");
}

/** What a switch of the public access block refused. */
export type BlockedGrant = "BlockPublicAcls" | "BlockPublicPolicy";

const BLOCKED_THINGS = {
  BlockPublicAcls: "public access control lists (ACLs)",
  BlockPublicPolicy: "public policies",
} as const satisfies Record<BlockedGrant, string>;

export function publicAccessBlocked(request: AuthorizationRequest, by: BlockedGrant): S3Error {
  if (!isInsider(request)) return s3Error("AccessDenied");
  const { principal, action, resource } = request;
  const who = "arn" in principal ? principal.arn : "anonymous";
  return s3Error("AccessDenied", {
    message: `User: ${who} is not authorized to perform: ${action} on resource: "${resource}" because ${BLOCKED_THINGS[by]} are prevented by the ${by} setting in S3 Block Public Access.`,
  });
}

function isInsider({ principal, resourceAccountId }: AuthorizationRequest): boolean {
  return "accountId" in principal && principal.accountId === resourceAccountId;
}

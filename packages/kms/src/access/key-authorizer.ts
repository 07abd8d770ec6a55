import type { AuthorizationRequest, Decision, NamedPolicy, ResourcePolicy } from "@strongroom/iam";

/** Decides with the principal's own policies: `Authorization` of the identities is one. */
export interface KeyAuthorizer {
  decide(
    request: AuthorizationRequest,
    resource: ResourcePolicy | null,
    sessionPolicies: readonly NamedPolicy[] | null,
  ): Decision | Promise<Decision>;
}
